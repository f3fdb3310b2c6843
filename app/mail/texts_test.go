package mail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/lang"
	"doorward/app/lang/langtest"
)

func TestEveryLanguageHasEveryTextOfTheMails(t *testing.T) {
	t.Parallel()
	langtest.Check(t, newComposer(t, nil).book)
}

func TestTheMailsSayEveryTextThatThereIsAndNoOther(t *testing.T) {
	t.Parallel()
	uses := []langtest.Use{}
	say := func(kind app.MailKind, part string) {
		uses = append(uses, langtest.Use{Where: "letter.go", Key: "letter." + string(kind) + "." + part})
	}
	for _, kind := range append(kinds(), "test") {
		say(kind, "subject")
		say(kind, "why")
		say(kind, "unexpected")
		plan, _ := planOf(kind)
		if plan.path != "" {
			say(kind, "button")
		}
		if plan.second != "" {
			say(kind, "second")
		}
	}
	for _, file := range []string{"letter.go", "texts.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if function, ok := call.Fun.(*ast.SelectorExpr); ok && function.Sel.Name == "say" {
				if literal, ok := call.Args[0].(*ast.BasicLit); ok {
					key, _ := strconv.Unquote(literal.Value)
					uses = append(uses, langtest.Use{Where: file, Key: "letter." + key})
				}
			}
			return true
		})
	}
	langtest.CheckUses(t, newComposer(t, nil).book, uses)
}

// TestEveryMailCanBeComposedInEveryLanguage makes each mail with everything known, and with as little as there can be.
func TestEveryMailCanBeComposedInEveryLanguage(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, language := range lang.Shipped() {
		for _, kind := range append(kinds(), "test") {
			full := sample(kind)
			full.Name, full.Locale, full.NewEmail, full.Token, full.Expires = "Ada", language, "ada@new.example", testToken, full.At.Add(time.Hour)
			bare := app.Mail{ID: "check", Kind: kind, To: "ada@example.org", Locale: language, At: full.At, Token: "check"}
			for _, m := range []app.Mail{full, bare} {
				plan, _ := planOf(kind)
				msg, err := c.compose(m, plan)
				if err != nil {
					t.Errorf("%s, %s: %v", language, kind, err)
					continue
				}
				direction := `lang="` + language + `" dir="` + lang.Direction(language) + `"`
				if strings.Count(msg.HTML, direction) != 2 || msg.lang != language {
					t.Errorf("%s, %s: the mail doesn't say how it runs", language, kind)
				}
				for _, text := range []string{msg.HTML, msg.Text, msg.Subject} {
					if strings.Contains(text, "ZgotmplZ") || strings.ContainsAny(text, "{}") && text != msg.HTML {
						t.Errorf("%s, %s: a value is missing or not safe where it stands:\n%s", language, kind, text)
					}
				}
			}
		}
	}
}

func TestAMailIsWrittenInTheReceiversLanguageOrTheSitesFirst(t *testing.T) {
	t.Parallel()
	c := newComposer(t, func(o *Site) { o.Locales = []string{"fr", "de"} })
	for locale, want := range map[string]string{"de": "de", "de-AT": "de", "fr-CA": "fr", "": "fr", "ja": "fr", "en": "fr", "no such": "fr"} {
		m := sample(app.MailPasswordReset)
		m.Locale = locale
		if got := compose(t, c, m).lang; got != want {
			t.Errorf("who reads %q gets a mail in %q, want %q", locale, got, want)
		}
	}
	if _, err := NewComposer(Site{BaseURL: parseURL(t, "https://a.example"), From: "a@a.example", Locales: []string{"tlh"}}); err == nil {
		t.Error("mails in Klingon are promised")
	}
}

func TestTimesInMailsAreTheReceiversOwn(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, test := range []struct{ locale, zone, want string }{
		{"en", "", "31 January 2026, 11:00 (UTC)"},
		{"en-GB", "Europe/Paris", "31 January 2026, 12:00 (Europe/Paris)"},
		{"de", "+2", "31. Januar 2026, 13:00 (UTC+2)"},
		{"fr", "America/New_York", "31 janvier 2026 à 06:00 (America/New York)"},
		{"es", "-12", "30 de enero de 2026, 23:00 (UTC-12)"},
		{"uk", "Europe/Kyiv", "31 січня 2026\u00a0р., 13:00 (Europe/Kyiv)"},
		{"ja", "Asia/Tokyo", "2026年1月31日 20:00（Asia/Tokyo）"},
		{"ar", "Africa/Cairo", "31 يناير 2026، 13:00 (Africa/Cairo)"},
	} {
		m := sample(app.MailConfirmation)
		m.Locale, m.Timezone = test.locale, test.zone
		// Lines break anywhere, and a value that may run the other way is kept to itself.
		bare := strings.NewReplacer(" ", "", "\n", "", "\u2068", "", "\u2069", "")
		if text := compose(t, c, m).Text; !strings.Contains(bare.Replace(text), bare.Replace(test.want)) {
			t.Errorf("%s in %q doesn't tell %q:\n%s", test.locale, test.zone, test.want, text)
		}
	}
}

func TestTextIsWrappedAsItsScriptIs(t *testing.T) {
	t.Parallel()
	latin := strings.TrimSpace(strings.Repeat("word ", 40))
	japanese := strings.Repeat("登録の確認。", 20)
	for _, text := range []string{latin, japanese, strings.Repeat("x", 100), "", "a  b"} {
		wrapped := wrap(text)
		for line := range strings.Lines(wrapped) {
			line = strings.TrimSuffix(line, "\n")
			if columns(line) > textWidth && text != strings.Repeat("x", 100) || strings.HasSuffix(line, " ") || strings.HasPrefix(line, "。") {
				t.Errorf("a line reads %q", line)
			}
		}
		if joined := strings.ReplaceAll(strings.ReplaceAll(wrapped, "\n", ""), " ", ""); joined != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q", text, joined)
		}
	}
	if strings.Count(wrap(japanese), "\n") != 3 {
		t.Errorf("the Japanese text has %d breaks", strings.Count(wrap(japanese), "\n"))
	}
}
