package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-smtp"
)

const (
	maxErrorBytes = 300
	redacted      = "[redacted]"
)

// stage is how far a conversation had come when it failed.
type stage string

const (
	stageConnect  stage = "connect"
	stageGreeting stage = "greeting"
	stageTLS      stage = "TLS"
	stageAuth     stage = "AUTH"
	stageMail     stage = "MAIL"
	stageRcpt     stage = "RCPT"
	stageData     stage = "DATA"
	stageEnd      stage = "end of DATA" // from here on the server may have the mail
)

// DeliveryError is why a mail was not taken. Its text is for admins: one line of at most 300 bytes, with the server's own
// words, control characters escaped.
type DeliveryError struct {
	Code int // the server's reply, such as 550; 0 when there was none

	stage     stage
	text      string
	permanent bool
	cause     error
}

func (e *DeliveryError) Error() string { return e.text }

// Permanent tells whether the server refused this mail for good. What goes wrong before MAIL says nothing of the mail:
// a greeting of 554, or a 535 because of a wrong password in the settings, is the operator's to mend, and meanwhile no
// mail may be lost through it. So is a 530 at MAIL, which asks for a password that the settings don't have.
func (e *DeliveryError) Permanent() bool { return e.permanent }

// Unwrap gives a cause that is not the server's: a context's end, a network error.
func (e *DeliveryError) Unwrap() error { return e.cause }

// stale tells whether a connection that was kept turned out to be dead or closing before the server had the mail.
func (e *DeliveryError) stale() bool {
	return e != nil && !e.permanent && (e.Code == 0 || e.Code == 421) && e.stage != stageEnd
}

// without takes a secret out of the text, should the server have repeated it.
func (e *DeliveryError) without(secret string) *DeliveryError {
	copied := *e
	copied.text = oneLine(redact(e.text, secret))
	return &copied
}

// fail makes a DeliveryError of what went wrong at a stage.
func fail(ctx context.Context, at stage, err error) *DeliveryError {
	if ctx.Err() != nil {
		cause := context.Cause(ctx)
		return &DeliveryError{stage: at, text: oneLine(fmt.Sprintf("%s: %v", at, cause)), cause: cause}
	}
	if code, message, ok := serverReply(err); ok {
		permanent := code/100 == 5 && !asksToSignIn(code) && (at == stageMail || at == stageRcpt || at == stageData || at == stageEnd)
		return &DeliveryError{Code: code, stage: at, text: oneLine(fmt.Sprintf("%s: %d %s", at, code, message)), permanent: permanent}
	}
	text := err.Error()
	var network net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "the server closed the connection"
	case errors.As(err, &network) && network.Timeout():
		text = "the server did not answer in time"
	}
	return &DeliveryError{stage: at, text: oneLine(fmt.Sprintf("%s: %s", at, text)), cause: err}
}

// asksToSignIn tells the refusals of RFC 4954 that say nothing of a mail: no password was sent, or not as the server wants
// it. That is what settings without one get at MAIL, and each mail would be lost by it.
func asksToSignIn(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// serverReply takes an SMTP reply out of an error.
func serverReply(err error) (code int, message string, ok bool) {
	var spoken *smtp.SMTPError
	if errors.As(err, &spoken) {
		message = spoken.Message
		if e := spoken.EnhancedCode; e != (smtp.EnhancedCode{}) && e != smtp.NoEnhancedCode {
			message = fmt.Sprintf("%d.%d.%d %s", e[0], e[1], e[2], message)
		}
		return spoken.Code, message, true
	}
	var read *textproto.Error
	if errors.As(err, &read) {
		return read.Code, read.Msg, true
	}
	return 0, "", false
}

// oneLine shortens a server's words to one line of at most 300 bytes, control characters and broken UTF-8 escaped.
func oneLine(s string) string {
	const ending = "…"
	var out strings.Builder
	s = strings.TrimSpace(s)
	for i := 0; i < len(s) && out.Len() <= maxErrorBytes; {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == '\n' || r == '\t':
			out.WriteByte(' ')
		case r == '\r':
		case !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	line := out.String()
	if len(line) <= maxErrorBytes {
		return line
	}
	end := maxErrorBytes - len(ending)
	for !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end] + ending
}

// redact hides a secret, and any run of twelve or more of its characters: filters that quote a suspicious link in their
// answer cut it where they like.
func redact(text, secret string) string {
	const run = 12
	if len(secret) < 4 { // too short to be told from words
		return text
	}
	hidden := make([]bool, len(text))
	window := min(run, len(secret))
	for i := 0; i+window <= len(secret); i++ {
		for from := 0; ; {
			at := strings.Index(text[from:], secret[i:i+window])
			if at < 0 {
				break
			}
			for j := range window {
				hidden[from+at+j] = true
			}
			from += at + 1
		}
	}
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			out.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			out.WriteString(redacted)
		}
	}
	return out.String()
}
