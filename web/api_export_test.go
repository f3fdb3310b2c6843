package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestOneGetsAllThatIsKeptAboutOneself(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()))
	owner := s.Owner("ada@example.org")
	other := s.Newcomer("grace@example.org")
	path := api + "/me/export"
	s.do("PUT", api+"/me/avatar", pngOf(30, 20), as(owner), with("Prefer", "wait=20")).is(200)
	s.do("PATCH", api+"/me", `{"phone":"555-1234"}`, as(owner)).is(200)
	s.do("POST", api+"/password-resets", `{"email":"ada@example.org"}`).is(202)
	s.do("POST", api+"/me/email", `{"email":"new@example.org","current_password":"correct horse battery"}`, as(owner)).is(202)

	got := s.do("GET", path, nil, as(owner)).is(200)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Disposition": `attachment; filename="account-1.json"`,
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	hasExactly(t, got.at(), "exported_at", "user", "registration", "last_login_at", "password", "pending_links", "avatars", "sessions", "mails", "audit")
	hasExactly(t, got.at("user"), userKeys...)
	hasExactly(t, got.at("registration"), "at", "self_registered", "ip", "user_agent", "country", "region", "city")
	if me := s.do("GET", api+"/me", nil, as(owner)); fmt.Sprint(me.at("user")) != fmt.Sprint(got.at("user")) {
		t.Errorf("the user is %v", got.at("user"))
	}
	if got.at("registration", "user_agent") != owner.Client.UserAgent || got.at("registration", "ip") != "203.0.113.1" {
		t.Errorf("registered %v", got.at("registration"))
	}
	first := func(list string) map[string]any {
		t.Helper()
		all, _ := got.at(list).([]any)
		if len(all) == 0 {
			t.Fatalf("no %s", list)
		}
		return all[0].(map[string]any)
	}
	hasExactly(t, first("sessions"), "id", "current", "created_at", "last_seen_at", "expires_at", "ip", "device", "remember", "fingerprint", "user_agent")
	hasExactly(t, first("pending_links"), "purpose", "email", "created_at", "expires_at")
	hasExactly(t, first("mails"), "kind", "to", "name", "new_email", "device", "ip", "at", "state", "attempts", "queued_at", "finished_at", "last_error")
	hasExactly(t, first("audit"), "id", "at", "action", "actor", "target", "ip", "user_agent", "details")

	avatar := first("avatars")
	hasExactly(t, avatar, "id", "status", "sha256", "variants", "format", "width", "height", "error", "created_at", "original")
	served := s.do("GET", fmt.Sprint(avatar["variants"].(map[string]any)["original"]), nil).is(200)
	original := avatar["original"].(map[string]any)
	picture, err := base64.StdEncoding.DecodeString(original["base64"].(string))
	if err != nil || string(picture) != served.body || original["media_type"] != served.header.Get("Content-Type") {
		t.Errorf("the picture in it is not the one that is served: %v, %v", err, original["media_type"])
	}

	secrets := []string{owner.Token.Reveal(), other.Token.Reveal(), apptest.Password.Reveal(), "$2a$", "sealed", "grace@example.org"}
	kept, err := s.KeptMails(t.Context(), owner.Actor(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, mail := range kept {
		if mail.Mail.Token != "" {
			digest := app.DigestOf(mail.Mail.Token.Reveal())
			secrets = append(secrets, mail.Mail.Token.Reveal(), fmt.Sprintf("%x", digest[:]), base64.StdEncoding.EncodeToString(digest[:]))
		}
	}
	for i, secret := range secrets {
		if strings.Contains(got.body, secret) {
			t.Errorf("it holds secret %d", i)
		}
	}
}

func TestTheExportOfAPictureInTheMakingHasNone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t))
	owner := s.Owner("ada@example.org")
	s.do("PUT", api+"/me/avatar", pngOf(3, 3), as(owner)).is(202)
	got := s.do("GET", api+"/me/export", nil, as(owner)).is(200)
	if avatar := got.at("avatars").([]any)[0].(map[string]any); avatar["original"] != nil || avatar["status"] != "processing" {
		t.Errorf("the avatar is %v", avatar)
	}
	if mails := got.at("mails").([]any); len(mails) != 0 {
		t.Errorf("mails %v", mails)
	}
}

func TestTheExportIsForConfirmedSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	grace := s.Newcomer("grace@example.org")
	s.do("GET", api+"/me/export", nil).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/me/export", nil, as(grace)).refused(403, app.CodeAccountUnconfirmed)
}

// fullDisk takes some bytes, as a connection that breaks.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("the connection broke")
	}
	return len(p), nil
}

func TestAFileThatBreaksOffIsNotTakenForAWholeOne(t *testing.T) {
	t.Parallel()
	numbers := func(n int, err error) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range n {
				if !yield(i, nil) {
					return
				}
			}
			if err != nil {
				yield(0, err)
			}
		}
	}
	same := func(n *int) int { return *n }
	cause := errors.New("the disk went away")

	var whole strings.Builder
	w := newFileWriter(&whole)
	w.member("a", 1)
	writeAll(w, "b", numbers(2, nil), same)
	writeAll(w, "c", numbers(0, nil), same)
	if err := w.close(); err != nil || strings.ReplaceAll(whole.String(), "\n", "") != `{"a":1,"b":[0,1],"c":[]}` {
		t.Errorf("wrote %s, %v", whole.String(), err)
	}

	w = newFileWriter(io.Discard)
	writeAll(w, "a", numbers(2, cause), same)
	if err := w.close(); !errors.Is(err, cause) {
		t.Errorf("a source that fails: %v", err)
	}
	w = newFileWriter(io.Discard)
	w.base64(io.MultiReader(strings.NewReader("xyz"), errorReader{cause}))
	if err := w.close(); !errors.Is(err, cause) {
		t.Errorf("a picture that fails: %v", err)
	}

	read := 0
	w = newFileWriter(&fullDisk{room: 100 << 10})
	counted := func(n *int) string { read++; return strings.Repeat("x", 1000) }
	writeAll(w, "a", numbers(1_000_000, nil), counted)
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler {
			t.Errorf("the answer ended with %v", cause)
		}
		if read > 1000 {
			t.Errorf("%d elements were read for nobody", read)
		}
	}()
	_ = w.close()
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }
