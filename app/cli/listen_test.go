package cli_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"doorward/app/cli"
)

func listen(t *testing.T, environ []string, args ...string) *cli.Listener {
	t.Helper()
	l, err := cli.Listen(t.Context(), served(t, environ, args...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // a second close is an error that says nothing
	return l
}

func TestTheBaseURLIsMadeFromTheListeningAddress(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "d.sock")
	for _, c := range []struct {
		args     []string
		want     string // PORT stands for the real one
		loopback bool
	}{
		{[]string{"--listen", "127.0.0.1:0"}, "http://127.0.0.1:PORT", true},
		{[]string{"--listen", "localhost:0"}, "http://localhost:PORT", true},
		{[]string{"--listen", ":0"}, "http://localhost:PORT", false},
		{[]string{"--listen", "0.0.0.0:0"}, "http://localhost:PORT", false},
		{[]string{"--listen", "127.0.0.1:0", "--base-url", "https://example.org/"}, "https://example.org", true},
		{[]string{"--listen", "unix:" + socket}, "http://localhost", true},
	} {
		s := served(t, nil, c.args...)
		l, err := cli.Listen(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if got := l.BaseURL(s).String(); got != strings.Replace(c.want, "PORT", port, 1) {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
		if l.Address.IsLoopback() != c.loopback {
			t.Errorf("%q: loopback is %v", c.args, l.Address.IsLoopback())
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestASocketIsForOwnerAndGroupAndGoesWhenItIsClosed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets have no mode there")
	}
	path := filepath.Join(t.TempDir(), "d.sock")
	l := listen(t, nil, "--listen", "unix:"+path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o660 {
		t.Errorf("mode %#o", info.Mode().Perm())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is still there")
	}
}

func TestOnlyADeadSocketIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := func(name string) cli.Settings {
		return served(t, nil, "--listen", "unix:"+filepath.Join(dir, name))
	}

	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "dead"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	l, err := cli.Listen(t.Context(), s("dead"))
	if err != nil {
		t.Fatalf("a dead socket: %v", err)
	}
	defer l.Close()
	if _, err := cli.Listen(t.Context(), s("dead")); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a socket in use: %v", err)
	}

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cli.Listen(t.Context(), s("file")); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file: %v", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file was touched: %q, %v", text, err)
	}
}

func TestAnAddressInUseIsRefusedByName(t *testing.T) {
	t.Parallel()
	l := listen(t, nil, "--listen", "127.0.0.1:0")
	_, err := cli.Listen(t.Context(), served(t, nil, "--listen", l.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("a second listener: %v", err)
	}
}

// answering serves one answer at a listener.
func answering(t *testing.T, l net.Listener, status int, body string) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/readyz" {
			status, body = http.StatusNotFound, "asked for "+r.URL.Path
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
}

func TestHealthcheckAsksWhereTheServerListens(t *testing.T) {
	t.Parallel()
	tcp := listen(t, nil, "--listen", "127.0.0.1:0")
	answering(t, tcp, http.StatusOK, "ready\n")
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	socket := "unix:" + filepath.Join(t.TempDir(), "d.sock")
	answering(t, listen(t, nil, "--listen", socket), http.StatusOK, "ready\n")
	for _, address := range []string{tcp.Addr().String(), ":" + port, "0.0.0.0:" + port, "[::]:" + port, "localhost:" + port, socket} {
		o := run(t, []string{"DOORWARD_LISTEN=" + address}, "healthcheck")
		if o.code != 0 || o.stdout != "ready\n" || o.stderr != "" {
			t.Errorf("%s: exit %d, %q, %q", address, o.code, o.stdout, o.stderr)
		}
	}
}

func TestHealthcheckSaysOnOneLineWhyNot(t *testing.T) {
	t.Parallel()
	ill := listen(t, nil, "--listen", "127.0.0.1:0")
	answering(t, ill, http.StatusServiceUnavailable, "{\"error\":\n \"the disk is full\"}")
	gone := listen(t, nil, "--listen", "127.0.0.1:0")
	gone.Close()
	for address, part := range map[string]string{
		ill.Addr().String():         "the disk is full",
		gone.Addr().String():        gone.Addr().String(),
		"unix:/does/not/exist":      "unix:/does/not/exist",
		"nowhere.invalid:80":        "nowhere.invalid:80",
		"unix:" + t.TempDir() + "/": "no answer",
	} {
		o := run(t, nil, "healthcheck", "--listen", address)
		if o.code != 1 || strings.Count(o.stderr, "\n") != 1 || !strings.HasPrefix(o.stderr, "doorward: not ready: ") || !strings.Contains(o.stderr, part) {
			t.Errorf("%s: exit %d, %q", address, o.code, o.stderr)
		}
	}
}

func TestListenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := cli.Listen(ctx, served(t, nil, "--listen", "nowhere.invalid:0")); err == nil {
		l.Close()
		t.Error("listens on a name that there is not")
	}
}
