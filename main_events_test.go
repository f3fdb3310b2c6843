package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const ownerPassword = "correct horse battery"

// post sends JSON, with headers by name and value in turn, and reads the answer, which must have this status, into a
// value; nil for none.
func post(t *testing.T, url, body string, status int, into any, headers ...string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Fatalf("%s answers %d, %v: %s", url, answer.StatusCode, err, text)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// owner registers the first Owner and answers a session's token.
func (s *process) owner() string {
	s.t.Helper()
	_, code, _ := strings.Cut(s.printed("setup="), "setup=")
	post(s.t, s.base+"/api/v1/registrations", `{"email":"ada@example.org","password":"`+ownerPassword+`","setup_code":"`+code+`"}`, http.StatusCreated, nil)
	var granted struct{ Token string }
	post(s.t, s.base+"/api/v1/sessions", `{"email":"ada@example.org","password":"`+ownerPassword+`"}`, http.StatusCreated, &granted)
	return granted.Token
}

// stream opens a stream of events and reads its first line.
func (s *process) stream(path, token string) *bufio.Reader {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	lines := bufio.NewReader(answer.Body)
	if line, err := lines.ReadString('\n'); err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(line, ":") {
		s.t.Fatalf("%s answers %d, %q, %v", path, answer.StatusCode, line, err)
	}
	return lines
}

func TestOpenStreamsEndCleanlyAndHoldUpNoStop(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	s := start(t, program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	token := s.owner()
	own, all := s.stream("/api/v1/me/events", token), s.stream("/api/v1/events", token)
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	for _, stream := range []*bufio.Reader{own, all} {
		if _, err := io.ReadAll(stream); err != nil {
			t.Errorf("a stream did not end cleanly: %v", err)
		}
	}
	if log := s.log.String(); strings.Contains(log, "cut off") {
		t.Errorf("the server waited for its streams: %s", log)
	}
}

func TestAStreamTellsWhatTheShellDid(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	all := s.stream("/api/v1/events", s.owner())
	for _, args := range [][]string{
		{"add", "eve@example.org"},
		{"confirm", "eve@example.org"},
		{"role", "eve@example.org", "add", "Admin"},
		{"status", "eve@example.org", "off"},
		{"delete", "eve@example.org"},
	} {
		shell(t, data, "", append([]string{"user"}, args...)...)
	}
	var told []string
	for len(told) == 0 || told[len(told)-1] != "user.deleted" {
		line, err := all.ReadString('\n')
		if err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			told = append(told, strings.TrimSpace(name))
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			var event struct {
				UserID int64 `json:"user_id"`
				Role   *string
				Actor  struct{ Kind string }
			}
			if err := json.Unmarshal([]byte(text), &event); err != nil || event.UserID != 2 || event.Actor.Kind != "shell" || (event.Role != nil) != (told[len(told)-1] == "role.assigned") {
				t.Errorf("%s says %s (%v)", told[len(told)-1], text, err)
			}
		}
	}
	if got, want := strings.Join(told, " "), "user.created user.confirmed role.assigned user.updated user.deleted"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	s.stop(syscall.SIGTERM)
}
