package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLogValue bounds a value in the log, in bytes as they are written.
const maxLogValue = 2 << 10

// NewLog makes the log that the settings ask for. Values are cut at 2 KiB and control characters come out escaped, so
// that no request can forge a line or reach the terminal of whoever reads.
func NewLog(s Settings, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.level(), ReplaceAttr: tame}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// tame makes a value safe to write. Both handlers escape ASCII's control characters; the rest is done here.
func tame(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if text := a.Value.String(); !isTame(text) {
			a.Value = slog.StringValue(tamed(text))
		}
	case slog.KindAny:
		if _, isLevel := a.Value.Any().(slog.Level); !isLevel { // errors, addresses: as text, whatever they would be in JSON
			a.Value = slog.StringValue(tamed(fmt.Sprint(a.Value.Any())))
		}
	}
	return a
}

// worstRune is how many bytes one byte of a string can become: \u0000.
const worstRune = 6

func isTame(text string) bool {
	return len(text) <= maxLogValue/worstRune && strings.IndexFunc(text, isHiddenControl) < 0 && utf8.ValidString(text)
}

// isHiddenControl tells control characters beyond those of ASCII that JSON escapes.
func isHiddenControl(r rune) bool { return r >= 0x7f && unicode.IsControl(r) }

// tamed spells out what is not tame, and cuts the text where it would be written on more than maxLogValue bytes.
func tamed(text string) string {
	const mark = "…"
	var out strings.Builder
	width := len(`""`) + len(mark)
	for _, r := range text { // a byte that is no UTF-8 comes as U+FFFD
		piece := string(r)
		if isHiddenControl(r) {
			piece = fmt.Sprintf("<%U>", r)
		}
		switch {
		case r == '"', r == '\\':
			width += 2
		case !unicode.IsPrint(r) && len(piece) < len(`\U00000000`):
			width += len(`\U00000000`)
		default:
			width += len(piece)
		}
		if width > maxLogValue {
			return out.String() + mark
		}
		out.WriteString(piece)
	}
	return out.String()
}
