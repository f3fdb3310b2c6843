package main

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestMetricsAreServedAtAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	socket := filepath.Join(t.TempDir(), "m.sock")
	s := start(t, program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--metrics-listen", "unix:"+socket))
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	if status, text := get(t, client, "http://localhost/metrics"); status != http.StatusOK || !strings.Contains(text, "doorward_http_requests_total") {
		t.Errorf("metrics answer %d, %.200s", status, text)
	}
	if status, _ := get(t, client, "http://localhost/readyz"); status != http.StatusNotFound {
		t.Errorf("beside metrics something answers %d", status)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/metrics"); status != http.StatusUnauthorized {
		t.Errorf("without a key they answer %d", status)
	}
	client.CloseIdleConnections()
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}
