package web

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// BenchmarkSessionCheck compares GET /session with a handler that does nothing but write the same bytes, over loopback
// and without the network. What counts is the difference between bare and the others.
func BenchmarkSessionCheck(b *testing.B) {
	world := apptest.New(b)
	s := newSite(b, world, func(o *Options) {
		o.TrustedProxies = nil
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	})
	owner := world.Owner("ada@example.org")
	grant, err := world.Login(b.Context(), app.Stranger(app.Client{IP: loopback, UserAgent: owner.Client.UserAgent}), app.LoginInput{
		Login: owner.Email, Password: apptest.Password,
	})
	if err != nil {
		b.Fatal(err)
	}
	sealed, err := s.server.cookies.seal(s.server.cookies.sessionName, grant.Token.Reveal())
	if err != nil {
		b.Fatal(err)
	}
	bearer := "Authorization: Bearer " + grant.Token.Reveal()
	body := s.do("GET", api+"/session", nil, with("Authorization", "Bearer "+grant.Token.Reveal()), with("User-Agent", owner.Client.UserAgent)).is(200).body
	same := []byte(body)
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(same)
	}))
	b.Cleanup(bare.Close)

	agent := "User-Agent: " + owner.Client.UserAgent
	for _, way := range []struct {
		name, address, credential string
	}{
		{"bare", bare.Listener.Addr().String(), bearer},
		{"bearer", s.http.Listener.Addr().String(), bearer},
		{"cookie", s.http.Listener.Addr().String(), "Cookie: theme=dark; " + s.server.cookies.sessionName + "=" + sealed},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				ask(b, pb, way.address, "GET "+api+"/session HTTP/1.1\r\nHost: x\r\n"+agent+"\r\n"+way.credential+"\r\n\r\n")
			})
		})
	}
}

// BenchmarkSessionCheckHandler is the handler alone, without a connection.
func BenchmarkSessionCheckHandler(b *testing.B) {
	world := apptest.New(b)
	s := newSite(b, world, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	owner := world.Owner("ada@example.org")
	r := httptest.NewRequestWithContext(b.Context(), "GET", api+"/session", nil)
	r.RemoteAddr = "127.0.0.1:1234"
	as(owner)(r)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		s.server.ServeHTTP(w, r)
	}
	if w.wrote == 0 {
		b.Fatal("nothing was answered")
	}
}

type discard struct {
	header http.Header
	wrote  int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.wrote += len(p)
	return len(p), nil
}

// ask sends one request again and again over one connection. The client does next to nothing, so that the measured
// time is the server's.
func ask(b *testing.B, pb *testing.PB, address, request string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	raw, buffer, length := []byte(request), make([]byte, 16<<10), 0
	for pb.Next() {
		if _, err := conn.Write(raw); err != nil {
			b.Error(err)
			return
		}
		n, err := conn.Read(buffer)
		if err != nil || n < 15 || string(buffer[9:12]) != strconv.Itoa(http.StatusOK) {
			b.Errorf("answer %q: %v", buffer[:n], err)
			return
		}
		if length == 0 {
			length = n
		}
		if n != length {
			b.Errorf("an answer of %d bytes among those of %d", n, length)
			return
		}
	}
}
