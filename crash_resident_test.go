package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // what opaque pictures are served as
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// resident is somebody who uses accounts of their own, one write after the other, and keeps a ledger of each.
type resident struct {
	name     string
	random   *rand.Rand
	sink     *sink
	client   *http.Client
	base     string // of the server that runs now
	accounts []*ledger
	made     int // things that were made so far, so that no two are alike
	touched  map[*ledger]bool
	audited  map[string]*count // entries of the audit log, by action
	patience time.Duration     // how long a picture may take: little once one took too long
	tally    tally
}

// reply is an answer; answered is false when it did not come whole.
type reply struct {
	status   int
	answered bool
	Token    string `json:"token"`
	Code     string `json:"code"`
	User     struct {
		Confirmed *string        `json:"confirmed_at"`
		First     *string        `json:"first_name"`
		Fields    map[string]any `json:"custom_fields"`
		Avatar    *struct {
			ID       string            `json:"id"`
			Status   string            `json:"status"`
			SHA256   string            `json:"sha256"`
			Variants map[string]string `json:"variants"`
		} `json:"avatar"`
	} `json:"user"`
}

func (r *resident) ask(method, path, token string, body any) (a reply) {
	var content io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		content, kind = bytes.NewReader(b), "image/png"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			panic(err) // a map of texts
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, r.base+path, content)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", kind)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return reply{}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply{}
	}
	_ = json.Unmarshal(text, &a) // an empty answer, or a picture
	a.status, a.answered = answer.StatusCode, true
	return a
}

// write sends a changing request and counts it, and the entry that it makes in the audit log.
func (r *resident) write(l *ledger, audited string, want int, method, path, token string, body any) (a reply, acknowledged, refused bool) {
	r.touched[l] = true
	a = r.ask(method, path, token, body)
	acknowledged = a.answered && a.status == want
	switch {
	case acknowledged:
		r.tally.acknowledged++
	case a.answered:
		return a, false, true
	default:
		r.tally.doubted++
	}
	if r.audited[audited] == nil {
		r.audited[audited] = &count{}
	}
	r.audited[audited].add(acknowledged)
	return a, acknowledged, false
}

type object = map[string]any

// act does one thing; it tells whether the server still answers. A refusal is a bug of this test, or of the server.
func (r *resident) act() (answers bool, err error) {
	l := r.pick()
	var done, refused bool
	var a reply
	what := ""
	switch n := r.random.IntN(100); {
	case l == nil:
		what = "register"
		a, done, refused = r.register()
	case n < 20:
		what = "log in"
		a, done, refused = r.login(l)
	case n < 40:
		what = "change the profile"
		a, done, refused = r.changeProfile(l)
	case n < 55:
		what = "change the password"
		a, done, refused = r.changePassword(l)
	case n < 65:
		what = "set a picture"
		a, done, refused = r.setPicture(l)
	case n < 75:
		what = "confirm"
		a, done, refused = r.confirm(l)
	case n < 88:
		what = "reset"
		a, done, refused = r.reset(l)
	case n < 96:
		what = "log out"
		a, done, refused = r.logout(l)
	default:
		what = "delete"
		a, done, refused = r.leave(l)
	}
	if refused && a.status != http.StatusTooManyRequests { // ten current passwords a minute
		return true, fmt.Errorf("%s: to %s the server answers %d %s", r.name, what, a.status, a.Code)
	}
	return done || refused, nil
}

// pick is an account to go on with that there is for sure; nil for a new one.
func (r *resident) pick() *ledger {
	if len(r.accounts) == 0 || r.random.IntN(4) == 0 {
		return nil
	}
	l := r.accounts[r.random.IntN(len(r.accounts))]
	if !l.exists.sure || len(l.exists.maybe) > 0 {
		return nil
	}
	return l
}

func (r *resident) number() int {
	r.made++
	return r.made
}

func (r *resident) newPassword() string {
	return fmt.Sprintf("the %dth secret of %s", r.number(), r.name)
}

func (r *resident) register() (reply, bool, bool) {
	l := &ledger{email: fmt.Sprintf("%s.%d@example.org", r.name, r.number()), due: map[string]*count{}}
	l.password.sure = r.newPassword()
	r.accounts = append(r.accounts, l)
	a, done, refused := r.write(l, "user.registered", http.StatusCreated, "POST", "/api/v1/registrations", "", object{"email": l.email, "password": l.password.sure})
	if !refused {
		l.exists.wrote(true, done)
		l.causedMail(aboutConfirmation, done)
	}
	return a, done, refused
}

func (r *resident) login(l *ledger) (reply, bool, bool) {
	a, done, refused := r.write(l, "session.created", http.StatusCreated, "POST", "/api/v1/sessions", "", object{"email": l.email, "password": l.password.sure})
	if done {
		l.token = a.Token
	}
	return a, done, refused
}

// in makes sure that there is a session to act with.
func (r *resident) in(l *ledger) (reply, bool, bool) {
	if l.token != "" {
		return reply{}, true, false
	}
	return r.login(l)
}

func (r *resident) changeProfile(l *ledger) (reply, bool, bool) {
	if a, in, refused := r.in(l); !in {
		return a, in, refused
	}
	n := r.number()
	a, done, refused := r.write(l, "user.updated", http.StatusOK, "PATCH", "/api/v1/me", l.token, object{"first_name": fmt.Sprintf("Name %d", n), "n": n})
	if !refused {
		l.profile.wrote(n, done)
	}
	return a, done, refused
}

func (r *resident) changePassword(l *ledger) (reply, bool, bool) {
	if a, in, refused := r.in(l); !in {
		return a, in, refused
	}
	password := r.newPassword()
	a, done, refused := r.write(l, "password.changed", http.StatusOK, "PUT", "/api/v1/me/password", l.token, object{"current_password": l.password.sure, "password": password})
	if !refused {
		r.passwordIs(l, password, done)
		l.token = a.Token // "" where the answer did not come
	}
	return a, done, refused
}

// passwordIs notes a new password and what follows from it.
func (r *resident) passwordIs(l *ledger, password string, done bool) {
	l.password.wrote(password, done)
	l.endLinks(r.sink, aboutConfirmation, aboutReset)
	l.causedMail(aboutNewPassword, done)
	if done && l.token != "" {
		l.ended = append(l.ended, l.token)
	}
	l.token = ""
}

func (r *resident) setPicture(l *ledger) (reply, bool, bool) {
	if a, in, refused := r.in(l); !in {
		return a, in, refused
	}
	upload := r.paint()
	digest := sha256.Sum256(upload)
	a, done, refused := r.write(l, "avatar.updated", http.StatusAccepted, "PUT", "/api/v1/me/avatar", l.token, upload)
	if !refused {
		l.picture.wrote(hex.EncodeToString(digest[:]), done)
	}
	return a, done, refused
}

// paint makes a small picture unlike any other.
func (r *resident) paint() []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 48, 40))
	for i := range m.Pix {
		m.Pix[i] = byte(r.random.Uint32()) | 3
	}
	m.SetNRGBA(0, 0, color.NRGBA{A: 255})
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		panic(err)
	}
	return file.Bytes()
}

func (r *resident) confirm(l *ledger) (reply, bool, bool) {
	link := r.sink.take(l.email, aboutConfirmation)
	if link == "" || l.proven.sure || l.due[aboutNewPassword] != nil { // not there yet, used, or ended with the password
		return reply{}, true, false
	}
	a, done, refused := r.write(l, "user.confirmed", http.StatusOK, "POST", "/api/v1/confirmations/"+link, "", nil)
	if !refused {
		l.proven.wrote(true, done)
		l.endLinks(r.sink, aboutConfirmation)
	}
	return a, done, refused
}

// reset asks for a link, or uses one that came and is good still.
func (r *resident) reset(l *ledger) (reply, bool, bool) {
	link := r.sink.take(l.email, aboutReset)
	if link == "" {
		a, done, refused := r.write(l, "password.reset_requested", http.StatusAccepted, "POST", "/api/v1/password-resets", "", object{"email": l.email})
		if !refused {
			l.causedMail(aboutReset, done)
		}
		return a, done, refused
	}
	password := r.newPassword()
	a, done, refused := r.write(l, "password.reset", http.StatusNoContent, "PUT", "/api/v1/password-resets/"+link, "", object{"password": password})
	if refused && a.Code == "invalid_token" { // another password has ended it
		return reply{}, true, false
	}
	if !refused {
		l.proven.wrote(true, done)
		r.passwordIs(l, password, done)
	}
	return a, done, refused
}

func (r *resident) logout(l *ledger) (reply, bool, bool) {
	if a, in, refused := r.in(l); !in {
		return a, in, refused
	}
	a, done, refused := r.write(l, "session.deleted", http.StatusNoContent, "DELETE", "/api/v1/session", l.token, nil)
	if done {
		l.ended = append(l.ended, l.token)
	}
	l.token = ""
	return a, done, refused
}

func (r *resident) leave(l *ledger) (reply, bool, bool) {
	if a, in, refused := r.in(l); !in {
		return a, in, refused
	}
	a, done, refused := r.write(l, "user.deleted", http.StatusNoContent, "DELETE", "/api/v1/me", l.token, object{"current_password": l.password.sure})
	if refused {
		return a, done, refused
	}
	l.exists.wrote(false, done)
	l.endLinks(r.sink, aboutConfirmation, aboutReset, aboutNewPassword)
	if done {
		l.ended = append(l.ended, l.token)
	}
	l.token = ""
	return a, done, refused
}

// verify compares what the server has now with what may be, of every account that was touched since, and settles it.
func (r *resident) verify() (wrong []string) {
	for l := range r.touched {
		for _, what := range r.check(l) {
			wrong = append(wrong, l.email+": "+what)
		}
	}
	r.tally.lost += len(wrong)
	clear(r.touched)
	return wrong
}

func (r *resident) check(l *ledger) (wrong []string) {
	amiss := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for _, token := range l.ended {
		if a := r.ask("GET", "/api/v1/session", token, nil); a.status != http.StatusUnauthorized {
			amiss("a session that ended answers %d", a.status)
		}
	}
	l.ended = nil
	var in reply
	for _, password := range l.password.candidates() {
		a := r.ask("POST", "/api/v1/sessions", "", object{"email": l.email, "password": password})
		if a.status == http.StatusCreated {
			in = a
			l.password.settle(password)
			break
		}
	}
	if there := in.status == http.StatusCreated; !l.exists.settle(there) {
		amiss("that it is there, and its password known, is %v", there)
	}
	if in.status != http.StatusCreated {
		return wrong
	}
	if l.token != "" {
		if a := r.ask("GET", "/api/v1/session", l.token, nil); a.status != http.StatusOK {
			amiss("its session answers %d", a.status)
		}
	}
	l.token = in.Token
	if !l.proven.settle(in.User.Confirmed != nil) {
		amiss("its address is confirmed at %v", in.User.Confirmed)
	}
	n := 0
	if number, ok := in.User.Fields["n"].(float64); ok {
		n = int(number)
	}
	if first := in.User.First; n == 0 && first != nil || n != 0 && (first == nil || *first != fmt.Sprintf("Name %d", n)) {
		amiss("half of its profile changed: field %d", n)
	}
	if !l.profile.settle(n) {
		amiss("its profile is the one numbered %d", n)
	}
	return append(wrong, r.checkPicture(l)...)
}

// checkPicture waits until the account shows a picture that it may have, and looks at every variant. Where more than one
// may be, the next to come decides it: which of them was taken could show at any time.
func (r *resident) checkPicture(l *ledger) (wrong []string) {
	a := r.ask("GET", "/api/v1/me", l.token, nil)
	for end := time.Now().Add(r.patience); !r.shown(l, a) && time.Now().Before(end); a = r.ask("GET", "/api/v1/me", l.token, nil) {
		<-time.After(5 * time.Millisecond) // the one that is awaited is in the making
	}
	if !r.shown(l, a) {
		r.patience = 0
		return []string{"its picture is not shown"}
	}
	if avatar := a.User.Avatar; avatar != nil {
		for _, at := range avatar.Variants {
			wrong = append(wrong, r.checkVariant(at)...)
		}
	}
	if len(l.picture.maybe) > 0 {
		if a, done, _ := r.setPicture(l); !done {
			wrong = append(wrong, fmt.Sprintf("another picture is answered with %d", a.status))
		}
	}
	return wrong
}

// shown tells whether the account shows what it may: no picture only where none was taken for sure.
func (r *resident) shown(l *ledger, a reply) bool {
	if a.User.Avatar == nil {
		return l.picture.sure == ""
	}
	return a.User.Avatar.Status == "ready" && slices.Contains(l.picture.candidates(), a.User.Avatar.SHA256)
}

func (r *resident) checkVariant(at string) (wrong []string) {
	answer, err := r.client.Get(r.base + at)
	if err != nil {
		return []string{err.Error()}
	}
	defer answer.Body.Close()
	if _, _, err = image.Decode(answer.Body); answer.StatusCode != http.StatusOK || err != nil {
		return []string{fmt.Sprintf("its picture's %s answers %d, %v", at[strings.LastIndexByte(at, '/')+1:], answer.StatusCode, err)}
	}
	return nil
}
