package web

import (
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func offering(locales ...string) siteOption { return func(o *Options) { o.Locales = locales } }

// in holds the language that a page is read in.
func (b *browser) in(language string) *browser {
	b.t.Helper()
	root := all(b.doc, "html")[0]
	want := map[string]string{"ar": "rtl"}[language]
	if want == "" {
		want = "ltr"
	}
	if attrOf(root, "lang") != language || attrOf(root, "dir") != want || b.page.header.Get("Content-Language") != language {
		b.t.Errorf("%s is in %q (%s, %s), want %s", b.at, attrOf(root, "lang"), attrOf(root, "dir"), b.page.header.Get("Content-Language"), language)
	}
	return b
}

func TestAStrangerReadsWhatTheirBrowserAsksFor(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for header, want := range map[string]string{
		"": "en", "de-AT,de;q=0.9,en;q=0.8": "de", "en;q=0.2,ja": "ja", "nl,fr;q=0.3": "fr", "ar": "ar", "ko": "en", ";;,": "en", "en;q=0,uk": "uk",
	} {
		b := s.browser(t, 9)
		b.accepts = header
		b.visit("/login").on("/login", http.StatusOK).in(want)
		b.visit("/nothing/here").on("/nothing/here", http.StatusNotFound).in(want)
	}
}

func TestWhereNothingFitsTheFirstLanguageOfTheSiteIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), offering("fr", "uk"))
	b := s.browser(t, 9)
	b.visit("/login").in("fr").reads("Se connecter")
	b.accepts = "de, uk;q=0.5"
	b.visit("/login").in("uk")
	b.accepts = "en"
	b.visit("/login").in("fr")
	if len(all(b.doc, "footer")) != 1 || strings.Contains(textOf(b.doc), "Deutsch") {
		t.Error("the page offers other languages than the site")
	}
	alone := newSite(t, apptest.New(t), offering("es")).browser(t, 9)
	if alone.visit("/login").in("es"); len(all(alone.doc, "footer")) != 0 {
		t.Error("there is a choice of one language")
	}
}

func TestAStrangerChoosesALanguageWithoutScripts(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9)
	b.accepts = "de"
	b.visit("/login?return_to=%2Faccount%2Fsessions").in("de").press("日本語").in("ja")
	if b.at != "/login?return_to=%2Faccount%2Fsessions" {
		t.Errorf("the choice led to %s", b.at)
	}
	b.visit("/register/sent").in("ja")
	b.visit("/reset-password").press("メールを送る", "email", "x").on("/reset-password", http.StatusUnprocessableEntity).in("ja")
	b.press("العربية").on("/reset-password", http.StatusOK).in("ar")
	if b.cookies["doorward_locale"] != "ar" {
		t.Errorf("the cookies are %v", b.cookies)
	}
	b.cookies["doorward_locale"] = "tlh"
	b.visit("/login").in("de")
}

func TestAChoiceThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9)
	post := func(form string) reply {
		return b.request("POST", "/language", []byte(form), "application/x-www-form-urlencoded")
	}
	for _, form := range []string{"", "locale=tlh", "locale=en-GB", "locale=..%2Fen"} {
		if r := post(form); r.status != http.StatusUnprocessableEntity || r.header.Get("Set-Cookie") != "" {
			t.Errorf("%q is answered with %d and %q", form, r.status, r.header.Get("Set-Cookie"))
		}
	}
	for form, want := range map[string]string{
		"locale=de&page=%2Fregister":          "/register",
		"locale=de&page=%2F%2Fevil.example":   "/",
		"locale=de&page=https://evil.example": "/",
		"locale=de":                           "/",
	} {
		if r := post(form).is(http.StatusSeeOther); r.header.Get("Location") != want {
			t.Errorf("%q leads to %q, want %q", form, r.header.Get("Location"), want)
		}
	}
	s.do("POST", "/language", "locale=de", with("Origin", "https://evil.example"), with("Content-Type", "application/x-www-form-urlencoded")).is(http.StatusForbidden)
	b.visit("/language").on("/login", http.StatusOK)
}

func TestUnderHTTPSTheChoiceIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"))
	b := s.browser(t, 9)
	b.visit("/login").press("Deutsch").in("de")
	if b.cookies["__Host-doorward_locale"] != "de" {
		t.Errorf("the cookies are %v", b.cookies)
	}
	delete(b.cookies, "__Host-doorward_locale")
	b.cookies["doorward_locale"] = "fr"
	b.visit("/login").in("en")
}

func TestAnAccountsLanguageGoesBeforeTheBrowsers(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org")
	b.accepts = "fr"
	b.cookies["doorward_locale"] = "ja"
	b.visit("/account").in("ja")
	delete(b.cookies, "doorward_locale")
	b.visit("/account").in("fr").press("Enregistrer la langue", "preferred_locale", "de-AT").in("de").told("status", "Ihre Sprache wurde gespeichert.")
	b.visit("/account/sessions").in("de")
	b.visit("/logout").in("de")
	if len(all(b.doc, "footer")) != 0 {
		t.Error("who is signed in is offered the strangers' choice")
	}
	b.visit("/account").press("Sprache speichern", "preferred_locale", "ko").in("fr") // in which there are no texts
	b.press("Enregistrer la langue", "preferred_locale", "").in("fr")
}

func TestRefusalsOnPagesAreInTheirLanguage(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9)
	b.accepts = "de"
	b.visit("/login").press("Anmelden", "email", "ada@example.org", "password", "wrong").on("/login", http.StatusUnauthorized).
		told("alert", "E-Mail-Adresse oder Benutzername und Passwort passen nicht zusammen.")
	b.visit("/register").press("Konto anlegen", "email", "new@example.org", "password", "short").on("/register", http.StatusUnprocessableEntity).
		wrong("password", "Ein Passwort hat mindestens 8 Zeichen.")
	// The same over the API is in English, whatever the client reads.
	r := s.do("POST", api+"/registrations", `{"email": "new@example.org", "password": "short"}`, with("Accept-Language", "de"))
	if !strings.Contains(r.is(http.StatusUnprocessableEntity).body, "A password has at least 8 characters.") {
		t.Errorf("the API says %s", r.body)
	}
}

func TestMailsThatABrowserCausesAreInItsLanguage(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for header, want := range map[string]string{"ja,en;q=0.5": "ja", "ko": ""} {
		b := s.browser(t, 9)
		b.accepts = header
		b.request("POST", "/reset-password", []byte("email=ada%40example.org"), "application/x-www-form-urlencoded").is(http.StatusSeeOther)
		if got := s.Mail(app.MailPasswordReset, "ada@example.org").Locale; got != want {
			t.Errorf("after %q the mail is in %q, want %q", header, got, want)
		}
	}
}
