package cli_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/cli"
)

const (
	day = 24 * time.Hour
	png = "\x89PNG\r\n\x1a\n"
)

func TestDefaultsAreThePolicysDefaults(t *testing.T) {
	t.Parallel()
	s := served(t, nil)
	if got, want := s.Policy(), app.DefaultPolicy(); !reflect.DeepEqual(got, want) {
		t.Errorf("policy %+v,\nwant   %+v", got, want)
	}
	if s.Data != "doorward-data" || s.Listen != (cli.Address{}) || s.BaseURL.URL != nil || s.SMTPURL != "" ||
		s.MailFrom != "Doorward <no-reply@localhost>" || s.SiteName != "Doorward" || s.AvatarMaxPixels != 50_000_000 ||
		s.Workers != 0 || s.LogFormat != "text" || s.LogLevel != "info" {
		t.Errorf("defaults: %+v", s)
	}
}

func TestAFlagBeatsTheEnvironmentWhichBeatsTheFile(t *testing.T) {
	t.Parallel()
	config := write(t, "doorward.toml", "site-name = \"file\"\nworkers = 3\nconceal-accounts = true\nlimit-login = \"7/1m\"\n")
	name := write(t, "name", "named by file\r\n")
	for _, c := range []struct {
		what    string
		environ []string
		args    []string
		want    string
	}{
		{"nothing", nil, nil, "Doorward"},
		{"the file", nil, []string{"--config", config}, "file"},
		{"the file, by its variable", []string{"DOORWARD_CONFIG=" + config}, nil, "file"},
		{"the environment", []string{"DOORWARD_SITE_NAME=environment"}, nil, "environment"},
		{"the environment over the file", []string{"DOORWARD_SITE_NAME=environment", "DOORWARD_CONFIG=" + config}, nil, "environment"},
		{"a file in the environment", []string{"DOORWARD_SITE_NAME_FILE=" + name}, []string{"--config", config}, "named by file"},
		{"the flag over both", []string{"DOORWARD_SITE_NAME=environment"}, []string{"--config", config, "--site-name", "flag"}, "flag"},
		{"the flag behind the command", []string{"DOORWARD_SITE_NAME=environment"}, []string{"serve", "--site-name=flag"}, "flag"},
		{"an empty variable is none", []string{"DOORWARD_SITE_NAME="}, []string{"--config", config}, "file"},
		{"an empty variable beside a file is none", []string{"DOORWARD_SITE_NAME=", "DOORWARD_SITE_NAME_FILE=" + name}, nil, "named by file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			if got := served(t, c.environ, c.args...).SiteName; got != c.want {
				t.Errorf("site name %q, want %q", got, c.want)
			}
		})
	}
	s := served(t, []string{"DOORWARD_LIMIT_LOGIN=8/1m"}, "--config", config, "--conceal-accounts=false")
	if s.Workers != 3 || s.ConcealAccounts || s.LimitLogin.N != 8 {
		t.Errorf("mixed: workers %d, conceal %v, limit %v", s.Workers, s.ConcealAccounts, s.LimitLogin)
	}
}

func TestEverySettingIsAFlagAVariableAndAKey(t *testing.T) {
	t.Parallel()
	logo := write(t, "logo.svg", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`)
	u := func(s cli.Settings) any { return s.BaseURL.String() }
	for _, c := range []struct {
		flag, text string
		get        func(cli.Settings) any
		want       any
	}{
		{"data", "elsewhere", func(s cli.Settings) any { return s.Data }, "elsewhere"},
		{"listen", "localhost:0", func(s cli.Settings) any { return s.Listen }, cli.Address{Network: "tcp", Address: "localhost:0"}},
		{"listen", "[::]:080", func(s cli.Settings) any { return s.Listen }, cli.Address{Network: "tcp", Address: "[::]:80"}},
		{"listen", "unix:/run/d.sock", func(s cli.Settings) any { return s.Listen }, cli.Address{Network: "unix", Address: "/run/d.sock"}},
		{"base-url", "https://Accounts.example.org:443/", u, "https://accounts.example.org"},
		{"base-url", "http://[::1]:8080/people/", u, "http://[::1]:8080/people"},
		{"trusted-proxies", "10.1.2.3/8, ::1,unix,::ffff:192.0.2.7", func(s cli.Settings) any { return s.TrustedProxies },
			cli.Proxies{UnixPeer: true, Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.0.2.7/32")}}},
		{"trusted-proxies", "none", func(s cli.Settings) any { return s.TrustedProxies }, cli.Proxies{}},
		{"cors-origins", "https://a.example.org,http://b.example.org:80/", func(s cli.Settings) any { return s.CORSOrigins },
			cli.Origins{"https://a.example.org", "http://b.example.org"}},
		{"locales", "ja, en", func(s cli.Settings) any { return s.Locales }, cli.Locales{"ja", "en"}},
		{"acme-domain", "Accounts.example.org, bücher.example.,accounts.example.org", func(s cli.Settings) any { return s.ACMEDomain },
			cli.Domains{"accounts.example.org", "xn--bcher-kva.example"}},
		{"acme-directory", "https://ca.example.org:9000/acme/directory", func(s cli.Settings) any { return s.ACMEDirectory }, "https://ca.example.org:9000/acme/directory"},
		{"smtp-url", "smtp://mail.example.org", func(s cli.Settings) any { return s.SMTPURL.Reveal() }, "smtp://mail.example.org"},
		{"mail-from", "Ada <ada@example.org>", func(s cli.Settings) any { return s.MailFrom }, "Ada <ada@example.org>"},
		{"site-name", " Bücher ", func(s cli.Settings) any { return s.SiteName }, "Bücher"},
		{"site-logo", logo, func(s cli.Settings) any { return s.SiteLogo }, logo},
		{"accent", "#0AF", func(s cli.Settings) any { return s.Accent }, "#0af"},
		{"registration", "closed", func(s cli.Settings) any { return s.Policy().RegistrationOpen }, false},
		{"default-role", "Member", func(s cli.Settings) any { return s.Policy().DefaultRole }, "Member"},
		{"default-status", "inactive", func(s cli.Settings) any { return s.Policy().DefaultActive }, false},
		{"unconfirmed", "refused", func(s cli.Settings) any { return s.Policy().Unconfirmed }, app.UnconfirmedRefused},
		{"unconfirmed-keep", "none", func(s cli.Settings) any { return s.Policy().UnconfirmedKeep }, time.Duration(0)},
		{"conceal-accounts", "true", func(s cli.Settings) any { return s.Policy().ConcealAccounts }, true},
		{"password-min", "12", func(s cli.Settings) any { return s.Policy().PasswordMin }, 12},
		{"password-require", "upper,digit", func(s cli.Settings) any { return s.Policy().PasswordRequire }, []app.CharClass{app.CharUpper, app.CharDigit}},
		{"bcrypt-cost", "4", func(s cli.Settings) any { return s.Policy().BcryptCost }, 4},
		{"session-lifetime", "1d12h", func(s cli.Settings) any { return s.Policy().SessionLifetime }, 36 * time.Hour},
		{"session-idle", "90m", func(s cli.Settings) any { return s.Policy().SessionIdle }, 90 * time.Minute},
		{"fingerprint", "strict", func(s cli.Settings) any { return s.Policy().Fingerprint }, app.FingerprintStrict},
		{"limit-login", "off", func(s cli.Settings) any { return s.Policy().Limits.Login }, app.Limit{}},
		{"limit-registration", "1/1d", func(s cli.Settings) any { return s.Policy().Limits.Registration }, app.Limit{N: 1, Window: day}},
		{"limit-registration-ip", "2/1m", func(s cli.Settings) any { return s.Policy().Limits.RegistrationIP }, app.Limit{N: 2, Window: time.Minute}},
		{"limit-reset", "3/1m", func(s cli.Settings) any { return s.Policy().Limits.Reset }, app.Limit{N: 3, Window: time.Minute}},
		{"limit-confirmation", "4/1m", func(s cli.Settings) any { return s.Policy().Limits.Confirmation }, app.Limit{N: 4, Window: time.Minute}},
		{"limit-mail-ip", "6/1m", func(s cli.Settings) any { return s.Policy().Limits.MailIP }, app.Limit{N: 6, Window: time.Minute}},
		{"avatar-max-bytes", "2 MB", func(s cli.Settings) any { return s.Policy().AvatarMaxBytes }, int64(2_000_000)},
		{"avatar-max-pixels", "1000", func(s cli.Settings) any { return s.AvatarMaxPixels }, int64(1000)},
		{"audit-keep", "90d", func(s cli.Settings) any { return s.Policy().AuditKeep }, 90 * day},
		{"workers", "2", func(s cli.Settings) any { return s.Workers }, 2},
		{"log-format", "json", func(s cli.Settings) any { return s.LogFormat }, "json"},
		{"log-level", "debug", func(s cli.Settings) any { return s.LogLevel }, "debug"},
	} {
		t.Run(c.flag+"="+filepath.Base(c.text), func(t *testing.T) {
			t.Parallel()
			variable := "DOORWARD_" + strings.ToUpper(strings.ReplaceAll(c.flag, "-", "_"))
			config := write(t, "doorward.toml", fmt.Sprintf("%s = %q\n", c.flag, c.text))
			for source, s := range map[string]cli.Settings{
				"flag":     served(t, nil, "--"+c.flag+"="+c.text),
				"variable": served(t, []string{variable + "=" + c.text}),
				"file":     served(t, []string{variable + "_FILE=" + write(t, "value", c.text+"\n")}),
				"key":      served(t, nil, "--config", config),
			} {
				if got := c.get(s); !reflect.DeepEqual(got, c.want) {
					t.Errorf("by %s: %#v, want %#v", source, got, c.want)
				}
			}
		})
	}
}

func TestTruthValuesAndNumbersMayBeTOMLsOwn(t *testing.T) {
	t.Parallel()
	s := served(t, nil, "--config", write(t, "c.toml", "# a comment\nconceal-accounts = true\nbcrypt-cost = 5\navatar-max-bytes = 1024\nsession-idle = 0\n"))
	if !s.ConcealAccounts || s.BcryptCost != 5 || s.AvatarMaxBytes != 1024 || s.SessionIdle != 0 {
		t.Errorf("%+v", s)
	}
	for word, want := range map[string]bool{"true": true, "1": true, "yes": true, "YES": true, "false": false, "0": false, "no": false} {
		if got := served(t, []string{"DOORWARD_CONCEAL_ACCOUNTS=" + word}).ConcealAccounts; got != want {
			t.Errorf("%s is %v", word, got)
		}
	}
	if !served(t, nil, "--conceal-accounts").ConcealAccounts {
		t.Error("the flag alone is false")
	}
}

func TestAnUnusableValueStopsTheStartWithOneLineThatNamesIt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 101)
	for flag, values := range map[string][]string{
		"data":              {"", " "},
		"listen":            {"", "8080", "127.0.0.1", ":65536", ":-1", "a b:80", "unix:", "http://127.0.0.1:80", "::1:80"},
		"base-url":          {"", "example.org", "ftp://example.org", "https://", "https:///x", "https://example.org:0", "https://example.org:x", "https://example.org/?a", "https://example.org?", "https://example.org/#", "https://user@example.org", "http://example.org/a//b", "http://example.org/{a}", "http://example.org/../a", "http://example.org/a\"b", "http://example.org/ä", "http://*.example.org", `http://a"b`, "http://a<b>"},
		"trusted-proxies":   {"localhost", "10.0.0.0/33", "10.0.0.1,", "fe80::1%eth0", "::ffff:10.0.0.0/90"},
		"cors-origins":      {"*", "https://*.example.org", "example.org", "https://example.org/app", "https://a.example.org,*"},
		"locales":           {"xx", "en,pt", "en-GB", "de,de", "EN", "en,"},
		"acme-domain":       {"localhost", "192.0.2.1", "*.example.org", "example.org:443", "https://example.org", "a b.example.org", "example.org,", "[::1]", ".example.org", "a_b.example.org"},
		"acme-directory":    {"", "http://ca.example.org/", "ca.example.org", "https://user:pass@ca.example.org/", "https://ca.example.org/#x"},
		"smtp-url":          {"mail.example.org"},
		"mail-from":         {"", "nobody", "a@example.org, b@example.org", "A\r\nBcc: b@example.org <a@example.org>", "=?utf-8?q?=0A?= <a@example.org>"},
		"site-name":         {"", " ", "a\nb", "a\x00", "\xff", long},
		"site-logo":         {"", "/does/not/exist", t.TempDir(), write(t, "logo.png", "<html>"), write(t, "large.png", png+strings.Repeat("x", 1<<20))},
		"accent":            {"", "red", "#12", "#1234", "#12345g", "0af", "#0af;x"},
		"registration":      {"", "ajar", "Open"},
		"default-role":      {""},
		"default-status":    {"", "confirmed"},
		"unconfirmed":       {"", "maybe"},
		"unconfirmed-keep":  {"", "-1h", "30", "200000d", "106751d24h", "1d1d", "1h1d", "d", "1.5d", "1d-1h", "+1h", "1 d"},
		"conceal-accounts":  {"maybe", "2"},
		"password-min":      {"", "0", "-1", "73", "8.0", "8 ", "0x8", "99999999999999999999"},
		"password-require":  {"upper,loud", "upper,,digit", "UPPER"},
		"bcrypt-cost":       {"3", "16"},
		"session-lifetime":  {"", "0", "0s", "none", "-1d", "60"},
		"session-idle":      {"", "0d", "off", "9223372036854775808ns"},
		"fingerprint":       {"on"},
		"limit-login":       {"", "5", "0/1m", "-1/1m", "5/0", "5/0s", "5/-1m", "5/", "/1m", "5/1m/1m", "1000001/1m", "none"},
		"avatar-max-bytes":  {"", "0", "-1", "1.5MiB", "MiB", "10 apples", "9007199254740993GiB", "10Mi B"},
		"avatar-max-pixels": {"0", "-1", "10000000001", "50M"},
		"workers":           {"0", "-1", "1025", "many"},
		"log-format":        {"xml"},
		"log-level":         {"trace"},
		"config":            {"/does/not/exist", t.TempDir()},
	} {
		variable := "DOORWARD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		for _, value := range values {
			refused(t, nil, []string{"--" + flag + "=" + value}, "--"+flag)
			if value == "" || flag == "config" {
				continue
			}
			refused(t, []string{variable + "=" + value}, nil, variable)
			refused(t, []string{variable + "_FILE=" + write(t, "value", value)}, nil, variable+"_FILE")
			if !strings.ContainsAny(value, "\xff\x00") { // that would be no TOML at all
				config := write(t, "c.toml", flag+" = "+tomlQuote(value))
				refused(t, nil, []string{"--config", config}, flag+" in "+config)
			}
		}
	}
}

func tomlQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(s) + `"`
}

// refused checks that a start stops with exit 2 and exactly one line on standard error that says every part.
func refused(t *testing.T, environ, args []string, parts ...string) {
	t.Helper()
	o := run(t, environ, args...)
	if o.code != 2 || o.settings != nil || o.stdout != "" {
		t.Errorf("%q %q: exit %d, started %v, standard output %q", environ, args, o.code, o.settings != nil, o.stdout)
	}
	if !strings.HasPrefix(o.stderr, "doorward: ") || strings.Count(o.stderr, "\n") != 1 || !strings.HasSuffix(o.stderr, "\n") {
		t.Errorf("%q %q: not one line: %q", environ, args, o.stderr)
	}
	for _, part := range parts {
		if !strings.Contains(o.stderr, part) {
			t.Errorf("%q %q: %q does not say %q", environ, args, o.stderr, part)
		}
	}
}

func TestWhatIsNoSettingStopsTheStart(t *testing.T) {
	t.Parallel()
	config := func(text string) []string { return []string{"--config", write(t, "c.toml", text)} }
	for _, c := range []struct {
		environ, args []string
		part          string
	}{
		{nil, []string{"--nonsense"}, "--nonsense"},
		{nil, []string{"--nonsense=smtp://u:geheim@h"}, "--nonsense"},
		{nil, []string{"-x"}, "-x"},
		{nil, []string{"nonsense"}, "nonsense"},
		{nil, []string{"serve", "a\nb"}, "a"},
		{nil, []string{"--listen"}, "--listen"},
		{nil, config("nonsense = 1"), "nonsense in "},
		{nil, config("Listen = \":80\""), "Listen in "},
		{nil, config("base_url = \"http://localhost\""), "base_url in "},
		{nil, config("help = true"), "help in "},
		{nil, config("config = \"other.toml\""), "config in "},
		{nil, config("[listen]\naddress = 1"), "listen in "},
		{nil, config("[server]\nlisten = \":80\""), "server in "},
		{nil, config("listen.address = 1"), "listen in "},
		{nil, config("[[workers]]"), "workers in "},
		{nil, config("cors-origins = [\"https://a.example.org\"]"), "cors-origins in "},
		{nil, config("listen = 8080"), "listen in "},
		{nil, config("site-name = 5"), "site-name in "},
		{nil, config("site-name = true"), "site-name in "},
		{nil, config("conceal-accounts = 1"), "conceal-accounts in "},
		{nil, config("workers = 1.0"), "workers in "},
		{nil, config("workers = true"), "workers in "},
		{nil, config("session-idle = 2026-01-31"), "session-idle in "},
		{nil, config("workers = 1\nworkers = 2"), "line 2"},
		{nil, config("workers = 1\nlisten = here"), "line 2"},
		{nil, config("\"a\\nb\" = 1"), `a\nb`},
		{nil, config("\xff"), "c.toml"},
		{nil, config(strings.Repeat("#\n", 1<<20)), "--config"},
		{[]string{"DOORWARD_CONFIG=/does/not/exist"}, nil, "DOORWARD_CONFIG"},
		{[]string{"DOORWARD_LISTEN_FILE=/does/not/exist"}, nil, "DOORWARD_LISTEN_FILE: \"/does/not/exist\""},
		{[]string{"DOORWARD_LISTEN=:80", "DOORWARD_LISTEN_FILE=/does/not/exist"}, nil, "DOORWARD_LISTEN and DOORWARD_LISTEN_FILE"},
		{[]string{"DOORWARD_SMTP_URL_FILE=" + write(t, "empty", "\n")}, nil, "DOORWARD_SMTP_URL_FILE"},
		{[]string{"DOORWARD_SITE_NAME_FILE=" + write(t, "long", strings.Repeat("a", 64<<10+1))}, nil, "DOORWARD_SITE_NAME_FILE"},
	} {
		refused(t, c.environ, c.args, c.part)
	}
}

func TestASecretIsNeverRepeated(t *testing.T) {
	t.Parallel()
	const secret = "http://user:geheim@mail.example.org"
	file := write(t, "secret", secret)
	for _, c := range []struct{ environ, args []string }{
		{nil, []string{"--smtp-url", secret}},
		{nil, []string{"--smtp-url=", secret}},
		{nil, []string{"--listen", secret}},
		{nil, []string{"--base-url", secret}},
		{nil, []string{"--smtp-ulr=" + secret}},
		{nil, []string{"serve", secret}},
		{[]string{"DOORWARD_SMTP_URL=" + secret}, nil},
		{[]string{"DOORWARD_SMTP_URL_FILE=" + file}, nil},
		{[]string{"DOORWARD_SMTP_URL_FILE=" + secret}, nil},
		{[]string{"DOORWARD_SMTP_URL_FILE=geheim"}, nil},
		{nil, []string{"--config", write(t, "c.toml", "smtp-url = \""+secret+"\"")}},
		{nil, []string{"--config", write(t, "c.toml", "smtp-url = geheim")}},
		{nil, []string{"--config", write(t, "c.toml", "smtp-url = \"geheim")}},
		{nil, []string{"--config", write(t, "c.toml", "smtp-url = 1geheim")}},
	} {
		o := run(t, c.environ, c.args...)
		if o.code != 2 || strings.Contains(o.stderr, "geheim") {
			t.Errorf("%q %q: exit %d, %q", c.environ, c.args, o.code, o.stderr)
		}
	}
	if s := served(t, nil, "--smtp-url", "smtp://user:geheim@mail.example.org"); strings.Contains(fmt.Sprintf("%v %+v", s, s), "geheim") {
		t.Error("the settings print their secret")
	}
}

func TestPicturesAreToldByTheirContent(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"a.png": png, "b.bin": "\xff\xd8\xff\xe0", "c.gif": "GIF89a", "d.webp": "RIFF\x00\x00\x00\x00WEBPVP",
		"e.svg": "<!-- a comment -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>",
	} {
		path := write(t, name, content)
		if got := served(t, nil, "--site-logo", path).SiteLogo; got != path {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzConfigurationFile(f *testing.F) {
	for _, text := range []string{"listen = \":80\"", "[a]", "workers = 1e9", "a = [{b = 1}]", "smtp-url = \"geheim", "\"\" = 1", "limit-login = \"5/1m\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		oneLineOrStarted(t, run(t, nil, "--config", path))
	})
}

func FuzzValues(f *testing.F) {
	for _, text := range []string{"5/1m", "1d12h", "10MiB", "106751d", "9223372036s", "::1", "unix", "off", "none", "0", "https://a.example.org"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			t.Skip("no argument can hold it")
		}
		for _, flag := range []string{"limit-login", "session-lifetime", "unconfirmed-keep", "avatar-max-bytes", "workers", "listen", "base-url", "trusted-proxies", "cors-origins", "mail-from", "accent"} {
			o := run(t, nil, "--"+flag+"="+text)
			oneLineOrStarted(t, o)
			if s := o.settings; s != nil && (s.LimitLogin.N < 0 || s.LimitLogin.Window < 0 || s.SessionLifetime <= 0 || s.UnconfirmedKeep < 0 || s.AvatarMaxBytes <= 0 || s.Workers < 0) {
				t.Errorf("--%s=%q gave %+v", flag, text, s)
			}
		}
	})
}

func oneLineOrStarted(t *testing.T, o outcome) {
	t.Helper()
	started := o.code == 0 && o.settings != nil && o.stderr == ""
	stopped := o.code == 2 && o.settings == nil && strings.Count(o.stderr, "\n") == 1
	if !started && !stopped {
		t.Errorf("exit %d, started %v, %q", o.code, o.settings != nil, o.stderr)
	}
}
