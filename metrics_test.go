package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
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

// TestTheDashboardAsksForWhatIsServed holds deploy/grafana-dashboard.json to /metrics: each name in it, and each value of a label
// of ours that it names.
func TestTheDashboardAsksForWhatIsServed(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	var dashboard struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(readFile(t, "deploy/grafana-dashboard.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	key := strings.TrimSpace(shell(t, data, "", "key", "add", "watch", "--role", "Admin"))
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	get(t, http.DefaultClient, s.base+"/login") // so that something was counted
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.base+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	served, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %s, %v", answer.Status, err)
	}
	names := regexp.MustCompile(`\b(?:doorward|process|go)_[a-z_]+`)
	labels := regexp.MustCompile(`\b(state|kind|result|status)="([^"]+)"`)
	asked := 0
	for _, panel := range dashboard.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%s asks for nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			for _, name := range names.FindAllString(target.Expr, -1) {
				asked++
				if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).Match(served) {
					t.Errorf("%s asks for %s, which /metrics does not serve", panel.Title, name)
				}
			}
			for _, label := range labels.FindAllString(target.Expr, -1) {
				if !strings.Contains(string(served), label) {
					t.Errorf("%s asks for %s, which /metrics does not serve", panel.Title, label)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d names were found", asked)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}
