package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSystemdIsToldHowFarAServerIs(t *testing.T) {
	t.Parallel()
	needsLinux(t)
	dir, err := os.MkdirTemp("", "notify-") // a socket's name is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	told := func() string {
		text := make([]byte, 100)
		if err := systemd.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := systemd.Read(text)
		if err != nil {
			t.Fatalf("systemd hears nothing: %v", err)
		}
		return string(text[:n])
	}
	cmd := program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "unix:"+filepath.Join(dir, "listen"))
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+systemd.LocalAddr().String())
	s := start(t, cmd)
	if got := told(); got != "READY=1" {
		t.Errorf("told %q at the start", got)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	if got := told(); got != "STOPPING=1" {
		t.Errorf("told %q at the end", got)
	}
}

func TestWhereSystemdIsServicesAreItsOwn(t *testing.T) {
	t.Parallel()
	needsLinux(t)
	for _, act := range []string{"install", "uninstall", "start", "stop", "status"} {
		code, out, errs := command(t, "service", act)
		if code != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "deploy/doorward.service") {
			t.Errorf("service %s: exit %d, %q, %q", act, code, out, errs)
		}
	}
}

// mostExposure is what systemd-analyze may say of the unit at most, of 100.
const mostExposure = "15"

func TestTheUnitsAreSoundAndTight(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is not installed")
		}
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"doorward.service", "doorward.socket"} {
		text, err := os.ReadFile(filepath.Join("deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		unit := filepath.Join(dir, name)
		if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/doorward", os.Args[0])), 0o644); err != nil {
			t.Fatal(err)
		}
		units = append(units, unit)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", append([]string{"verify"}, units...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v, %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold="+mostExposure, units[0]).CombinedOutput(); err != nil {
		t.Errorf("security: %v, %s", err, out)
	}
}

func TestTheSettingsThatAreCopiedCanBeUsed(t *testing.T) {
	t.Parallel()
	code, out, errs := command(t, "doctor", "--config", abs(t, "deploy/doorward.toml"), "--data", t.TempDir())
	if code != 0 || !strings.Contains(out, "https://accounts.example.org") {
		t.Errorf("doctor: exit %d, %s%s", code, out, errs)
	}
}

func TestTheContainerIsBuiltByTheGoThatTheSourcesAskFor(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, needed, _ := strings.Cut(string(mod), "\ngo ")
	needed, _, _ = strings.Cut(needed, "\n")
	_, used, _ := strings.Cut(string(file), "FROM golang:")
	used, _, _ = strings.Cut(used, " ")
	if used == "" || !strings.HasPrefix(needed+".", used+".") {
		t.Errorf("the Dockerfile takes Go %s, go.mod needs %s", used, needed)
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	found, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
