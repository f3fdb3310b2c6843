package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"doorward/app"
	"doorward/app/cli"
)

var logFormats = []string{"text", "json"}

// logged writes one entry and answers the log.
func logged(format, level string, args ...any) string {
	var out bytes.Buffer
	cli.NewLog(cli.Settings{LogFormat: format, LogLevel: level}, &out).Info("something happened", args...)
	return out.String()
}

func TestLogHoldsNoControlCharactersAndOneLineAnEntry(t *testing.T) {
	t.Parallel()
	const forged = "a\r\nlevel=ERROR msg=forged\x00\x1b[31m\x7f\u0085\u009b31m\u2028\xff\"\\"
	for _, format := range logFormats {
		out := logged(format, "info", "text", forged, "error", errors.New(forged), "any", []string{forged}, slog.Group("in", "side", forged))
		if strings.Count(out, "\n") != 1 {
			t.Errorf("%s: not one line: %q", format, out)
		}
		for _, r := range strings.TrimSuffix(out, "\n") {
			if unicode.IsControl(r) || r == '\u2028' || r == utf8.RuneError && !strings.Contains(out, "\uFFFD") {
				t.Errorf("%s: holds %U: %q", format, r, out)
			}
		}
	}
}

func TestAnAttributeIsAtMostTwoKiBAsItIsWritten(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"letters": strings.Repeat("a", 10_000), "line ends": strings.Repeat("\n", 10_000), "quotes": strings.Repeat(`"`, 10_000),
		"accents": strings.Repeat("é", 10_000), "no characters": strings.Repeat("\xff", 10_000), "C1": strings.Repeat("\u009b", 10_000),
		"unassigned": strings.Repeat("\U000fffff", 10_000), "just over": strings.Repeat("b", 2049),
	} {
		for _, format := range logFormats {
			for _, v := range []any{value, errors.New(value)} {
				out := logged(format, "info", "value", v)
				_, written, _ := strings.Cut(out, "value")
				if len(written) > 2<<10+8 || len(written) < 300 {
					t.Errorf("%s, %s: %d bytes", format, name, len(written))
				}
				if !strings.Contains(written, "…") {
					t.Errorf("%s, %s: does not say that it was cut", format, name)
				}
			}
		}
	}
	if out := logged("text", "info", "value", strings.Repeat("a", 2000)); strings.Contains(out, "…") {
		t.Error("2,000 letters are cut")
	}
}

func TestLogKeepsOrdinaryValuesAndSecretsOut(t *testing.T) {
	t.Parallel()
	out := logged("json", "info", "name", "Zoë \"Z\" O'Neill", "n", 5, "ok", true, "ip", netip.MustParseAddr("2001:db8::1"),
		"password", app.Secret("geheim"), "list", []app.Secret{"geheim"}, "deep", struct{ P app.Secret }{"geheim"})
	var entry map[string]any
	if err := json.Unmarshal([]byte(out), &entry); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"name": "Zoë \"Z\" O'Neill", "n": 5.0, "ok": true, "ip": "2001:db8::1", "level": "INFO", "msg": "something happened"} {
		if entry[key] != want {
			t.Errorf("%s is %v, want %v", key, entry[key], want)
		}
	}
	if strings.Contains(out, "geheim") {
		t.Errorf("holds a secret: %s", out)
	}
	if line := logged("text", "info", "key", "two words"); !strings.Contains(line, "key="+strconv.Quote("two words")) {
		t.Errorf("text: %s", line)
	}
}

func TestLogLevelIsTheLeastThatIsWritten(t *testing.T) {
	t.Parallel()
	for level, written := range map[string]bool{"debug": true, "info": true, "warn": false, "error": false} {
		if got := logged("text", level) != ""; got != written {
			t.Errorf("%s writes info: %v", level, got)
		}
	}
}
