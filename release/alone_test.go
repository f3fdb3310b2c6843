//go:build linux

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user that the Dockerfile names.
const nobody = 65532

// runsAlone runs the program as the container does: as a user without rights, in a root that holds nothing but itself and a
// folder for its data.
func runsAlone(t *testing.T, program string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("only root may change a process' root: not run in an empty one")
		return
	}
	root := t.TempDir()
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "doorward"), content, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(root, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	alone := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "/doorward", args...)
		cmd.Dir = "/"
		cmd.Env = []string{"DOORWARD_DATA=/data", "DOORWARD_LISTEN=unix:/data/socket", "TMPDIR=/data"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}
	var log bytes.Buffer
	server := alone()
	server.Stderr = &log
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.HasPrefix(line, "Doorward is at ") {
		t.Errorf("it says %q, %v", line, err)
	}
	if out, err := alone("healthcheck").CombinedOutput(); err != nil || string(out) != "ready\n" {
		t.Errorf("healthcheck: %s, %v", out, err)
	}
	if out, err := alone("user", "add", "ada@example.org").CombinedOutput(); err != nil {
		t.Errorf("user add beside it: %s, %v", out, err)
	}
	if out, err := alone("doctor").CombinedOutput(); err != nil {
		t.Errorf("doctor: %s, %v", out, err)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil || strings.Contains(log.String(), "level=WARN") || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("it ended with %v, %s", err, &log)
	}
}
