package web

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// TestSecretsStandNowhereButWhereTheyWereGiven goes through every flow with secrets of its own, and then looks for each of
// them in the whole log, in every answer but the one that made it, and in every file of the data folder.
func TestSecretsStandNowhereButWhereTheyWereGiven(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	s := newSite(t, w, under("https://accounts.example.org"), covering("example.org"))
	code := must(w.SetupCode(t.Context())).Reveal()
	secrets := map[string]string{"the set-up code": code, "the mailbox's key": w.MailboxKey().Reveal()}
	var answers []reply
	say := func(what, password string) string { secrets[what] = password; return password }
	ask := func(method, path string, body any, changes ...change) reply {
		r := s.do(method, path, body, changes...)
		answers = append(answers, r)
		return r
	}
	browser := from(apptest.Browser(1))
	first := say("the first password", "zq-first-horse-71")
	ask("POST", api+"/registrations", fmt.Sprintf(`{"email":"ada@example.org","password":%q,"setup_code":%q}`, first, code), browser).is(201)
	made := s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":"ada@example.org","password":%q}`, first), browser).is(201) // it shows the token, and nothing else does
	secrets["a session's token"] = made.at("token").(string)
	bearer := with("Authorization", "Bearer "+secrets["a session's token"])
	cookies := ask("POST", api+"/sessions", fmt.Sprintf(`{"email":"ada@example.org","password":%q,"cookie":true}`, first), browser).is(201)
	for _, name := range []string{s.server.cookies.sessionName, s.server.cookies.deviceName, passName} {
		secrets["the cookie "+name] = cookies.cookie(name).Value
	}
	for what, body := range map[string]string{
		"a wrong password":         `{"email":"ada@example.org","password":%q}`,
		"a password as username":   `{"username":%q,"password":"x"}`,
		"a password of wrong type": `{"email":"ada@example.org","password":[%q]}`,
		"a password as a member":   `{"email":"ada@example.org","password":"x",%q:1}`,
		"a password in bad JSON":   `{"email":"ada@example.org","password":%q`,
	} {
		ask("POST", api+"/sessions", fmt.Sprintf(body, say(what, "zq-"+strings.ReplaceAll(what, " ", "-"))), browser)
	}
	delete(secrets, "a password as a member") // a member's name is told back, as it is none of the secret ones
	ask("POST", api+"/registrations", fmt.Sprintf(`{"email":"x@example.org","password":%q}`, say("a refused password", "zq-shrt")), browser).is(422)
	ask("POST", api+"/registrations", fmt.Sprintf(`{"email":"x@example.org","password":%q,"password_confirmation":%q}`, say("one password", "zq-one-horse"), say("another to confirm it", "zq-other-horse")), browser).is(422)
	ask("PUT", api+"/me/password", fmt.Sprintf(`{"current_password":%q,"password":%q}`, say("a wrong present password", "zq-wrong-now"), say("a password that was not set", "zq-never-set")), bearer, browser).is(422)
	keyMade := s.do("POST", api+"/keys", fmt.Sprintf(`{"name":"shop","role":"Admin","current_password":%q}`, first), bearer, browser).is(201)
	secrets["an API key"] = keyMade.at("secret").(string)
	ask("POST", api+"/sessions/verify", fmt.Sprintf(`{"token":%q}`, secrets["a session's token"]), by(app.Secret(secrets["an API key"]))).is(200)
	ask("POST", api+"/password-resets", `{"email":"ada@example.org"}`, browser).is(202)
	secrets["a reset token"] = s.Mail(app.MailPasswordReset, "ada@example.org").Token.Reveal()
	ask("GET", api+"/password-resets/"+secrets["a reset token"], nil, browser).is(200)
	ask("PUT", api+"/password-resets/"+secrets["a reset token"], fmt.Sprintf(`{"password":%q}`, say("a password too short", "zq-tiny")), browser).is(422)
	ask("POST", api+"/me/email", fmt.Sprintf(`{"email":"new@example.org","current_password":%q}`, first), bearer, browser).is(202)
	secrets["an address change's token"] = s.Mail(app.MailEmailChange, "new@example.org").Token.Reveal()
	ask("POST", api+"/me/email/nonsense", nil, bearer, browser).is(404)
	ask("POST", api+"/registrations", fmt.Sprintf(`{"email":"bob@example.org","password":%q}`, say("somebody's password", "zq-bob-horse")), browser).is(201)
	secrets["a confirmation token"] = s.Mail(app.MailConfirmation, "bob@example.org").Token.Reveal()
	ask("DELETE", api+"/confirmations/x"+secrets["a confirmation token"], nil, browser).is(404)
	ask("POST", api+"/users", fmt.Sprintf(`{"email":"eve@example.org","password":%q}`, say("a password set for another", "zq-eve-horse")), bearer, browser).is(201)
	ask("PUT", api+"/users/2/password", fmt.Sprintf(`{"password":%q}`, say("another password for another", "zq-eve-other")), bearer, browser).is(204)
	for _, path := range []string{"/me", "/session", "/me/sessions", "/me/export", "/users", "/users/1", "/users/2", "/users/2/sessions", "/sessions", "/audit", "/jobs", "/keys", "/users/1/fields/custom_fields", "/openapi.json"} {
		ask("GET", api+path, nil, bearer, browser).is(200)
	}
	for _, field := range []string{"password", "password_hash", "hashed_password", "token", "secret", "hash", "EmailKey"} {
		ask("GET", api+"/users/1/fields/"+field, nil, bearer, browser).is(404)
	}
	last := say("the last password", "zq-last-horse-99")
	changed := s.do("PUT", api+"/me/password", fmt.Sprintf(`{"current_password":%q,"password":%q}`, first, last), bearer, browser).is(200)
	secrets["the fresh token"] = changed.at("token").(string)
	s.settled() // or a mail's result is what can't be written, and nobody tries that again before its lease ends
	s.Failing(func() error { return fmt.Errorf("a broken part") })
	ask("POST", api+"/sessions", fmt.Sprintf(`{"email":"ada@example.org","password":%q}`, last), browser).is(500)
	s.Failing(func() error { return nil })
	s.settled()

	log := s.Log.String()
	files := dataFiles(t, w.Dir)
	for what, secret := range secrets {
		if what != "the set-up code" && strings.Contains(log, secret) {
			t.Errorf("the log holds %s", what)
		}
		for _, r := range answers {
			if strings.Contains(r.body, secret) {
				t.Errorf("an answer holds %s: %.300s", what, r.body)
			}
		}
		for name, content := range files {
			if strings.Contains(content, secret) {
				t.Errorf("%s holds %s", name, what)
			}
		}
	}
	for _, r := range answers {
		if strings.Contains(r.body, "$2a$") || strings.Contains(r.body, "$2b$") {
			t.Errorf("an answer holds a password's hash: %.300s", r.body)
		}
	}
	if len(secrets) < 22 || len(files) < 1 || len(answers) < 40 || !strings.Contains(fmt.Sprint(files), "ada@example.org") {
		t.Errorf("%d secrets were looked for in %d files and %d answers", len(secrets), len(files), len(answers))
	}
}

// dataFiles are the files of a folder, the database's write-ahead log among them.
func dataFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	if err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[filepath.Base(path)] = string(content)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAStolenDatabaseOpensNoWaitingMail: while mails wait, their tokens lie sealed in it.
func TestAStolenDatabaseOpensNoWaitingMail(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	s := newSite(t, w)
	s.ownSite("ada@example.org")
	s.ask("/password-resets", "ada@example.org", 9).is(202)
	s.register("bob@example.org", "zq-bob-horse", apptest.Browser(3)).is(201)
	files := dataFiles(t, w.Dir)
	w.Start(t)
	for _, kind := range []app.MailKind{app.MailPasswordReset, app.MailConfirmation} {
		to := map[app.MailKind]string{app.MailPasswordReset: "ada@example.org", app.MailConfirmation: "bob@example.org"}[kind]
		token := w.Mail(kind, to).Token.Reveal()
		for name, content := range files {
			if strings.Contains(content, token) {
				t.Errorf("%s held the token of a waiting %s mail", name, kind)
			}
		}
		if got := s.do("GET", api+"/password-resets/"+token, nil); kind == app.MailPasswordReset && got.status != 200 {
			t.Errorf("it was not the token: %s", got.body)
		}
	}
}

// TestNoRequestForgesALineOfTheLog: whatever stands in a request, one request is one line, with the route's path rather
// than the one that was sent.
func TestNoRequestForgesALineOfTheLog(t *testing.T) {
	t.Parallel()
	s := owned(t)
	const forged = "level=ERROR msg=forged"
	for _, path := range []string{"/nothing%0a" + forged, "/confirm/x%0d%0a" + forged, "/login?return_to=%0a" + forged, api + "/users/%0a" + forged, "/account/sessions/%e2%80%a8" + forged} {
		s.do("GET", strings.ReplaceAll(path, " ", "%20"), nil, with("User-Agent", forged), with("Referer", forged), with("X-Request-Id", forged))
	}
	s.do("POST", api+"/sessions", `{"email":"a\nlevel=ERROR msg=forged","password":"x"}`)
	s.do("POST", api+"/registrations", `{"email":"a@example.org","password":"x\nlevel=ERROR msg=forged"}`, with("X-Forwarded-For", "1.2.3.4 "+forged))
	s.post("/login", "email", "a\r\n"+forged, "password", "b\r\n"+forged)
	if log := s.Log.String(); strings.Contains(log, "forged") {
		t.Errorf("the log holds it:\n%s", log)
	}
}

// sources are the module's Go files without tests, by folder.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	if err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != ".." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "node_modules", "examples", "bench", "browser"}, name)) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		files[filepath.ToSlash(path)] = string(content)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// whereExpressionsAre are the files that use regular expressions, with what these read. None reads a request, and Go's take
// time in proportion to the text besides.
var whereExpressionsAre = map[string]string{
	"../app/apptest/table.go":   "the documentation and the tests, in tests alone",
	"../web/openapi.go":         "paths of the route table",
	"../release/main.go":        "the version that a release is given",
	"../app/colour/colour.go":   "the operator's colour",
	"../app/mail/catcher.go":    "links in mails that development caught",
	"../app/archive/archive.go": "names in a backup",
	"../app/cli/cli.go":         "the settings' own mistakes, to hide a password",
}

func TestNoRegularExpressionReadsARequest(t *testing.T) {
	t.Parallel()
	files := sources(t)
	if len(files) < 150 {
		t.Fatalf("only %d files were read", len(files))
	}
	for path, content := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, content, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if spec.Path.Value == `"regexp"` && whereExpressionsAre[path] == "" {
				t.Errorf("%s uses regular expressions: say what they read, which must be no request", path)
			}
		}
	}
}

// TestSecretsAreNotComparedByteByByte: a comparison that stops at the first difference tells how far a guess was right.
// Tokens and keys are found by their digest; the two codes that are compared themselves are compared in constant time.
func TestSecretsAreNotComparedByteByByte(t *testing.T) {
	t.Parallel()
	revealed := regexp.MustCompile(`Reveal\(\) *[!=]=|[!=]= *[\w.]+Reveal\(\)|(setup\.code|a\.mailbox|\.MAC|[dD]igest\w*) *[!=]= *[^n"\s]|bytes\.Equal\(`)
	for path, content := range sources(t) {
		for number, line := range strings.Split(content, "\n") {
			if revealed.MatchString(line) && !comparedForAReason(line) {
				t.Errorf("%s:%d: %s", path, number+1, strings.TrimSpace(line))
			}
		}
	}
}

// comparedForAReason tells comparisons that nobody learns a secret by.
func comparedForAReason(line string) bool {
	for _, known := range []string{
		`usernameKey(in.Password.Reveal())`, // a new password and the name it is for: who asks knows both
		`bytes.Equal(old, value)`,           // custom fields before and after
		`bytes.Equal(note, `,                // the note of a renewal that was killed
		`bytes.Equal(raw, make(`,            // a key file's key that is nothing but zeroes
		`bytes.Equal(mark, `,                // the mark that an import may begin with
	} {
		if strings.Contains(line, known) {
			return true
		}
	}
	return false
}
