package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"doorward/app"
)

const (
	maxJSON = 128 << 10
	// bodyPatience is how long a JSON body may take, and how long an upload may stall.
	bodyPatience = 30 * time.Second
)

// decode reads a JSON object from the body, strictly and in this one place: known names only and each once, exact types,
// valid UTF-8, nothing behind it. What is refused names the place, never the value: that may be a password.
func decode[T any](c *call) (T, error) {
	var value T
	body, err := c.readJSON()
	if err != nil {
		return value, err
	}
	if err := decodeStrictly(body, &value); err != nil {
		return *new(T), err
	}
	return value, nil
}

func decodeStrictly(body []byte, into any) error {
	body = bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(body) == 0:
		return malformed("The body is missing; send a JSON object.")
	case body[0] != '{':
		return malformed("The body must be a JSON object.")
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return malformed(whatIsWrong(err))
	}
	return nil
}

func malformed(message string) error {
	return app.Refuse(app.KindMalformed, app.CodeMalformed, message)
}

// readJSON reads the whole body, within its size and time.
func (c *call) readJSON() ([]byte, error) {
	if kind := c.r.Header.Get("Content-Type"); kind != "" {
		kind, _, err := mime.ParseMediaType(kind)
		if err != nil || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
			return nil, app.Refuse(app.KindUnsupported, app.CodeUnsupportedMediaType, "Send the body as application/json.")
		}
	}
	if c.r.ContentLength > maxJSON {
		return nil, errJSONTooLarge
	}
	source := c.patient(http.MaxBytesReader(c.answer.ResponseWriter, c.r.Body, maxJSON))
	source.overall = true
	body, err := io.ReadAll(source)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errJSONTooLarge
	case err != nil:
		return nil, malformed("The body ended early or took too long. Send it again.")
	}
	return body, nil
}

var errJSONTooLarge = app.Refuse(app.KindTooLarge, app.CodeTooLarge, "A JSON body has at most 128 KiB.")

// patientBody bounds how long a body is waited for: each read anew, or all of them together.
type patientBody struct {
	io.Reader
	call    *call
	control *http.ResponseController
	overall bool
	begun   bool
}

// patient wraps a body. A server without deadlines (a test's recorder) just reads.
func (c *call) patient(body io.Reader) *patientBody {
	return &patientBody{Reader: body, call: c, control: http.NewResponseController(c.answer.ResponseWriter)}
}

func (b *patientBody) Read(p []byte) (int, error) {
	if !b.overall || !b.begun {
		b.begun = true
		_ = b.control.SetReadDeadline(time.Now().Add(b.call.s.bodyPatience))
	}
	n, err := b.Reader.Read(p)
	var tooLarge *http.MaxBytesError
	switch {
	case err == io.EOF: // the deadline would else end the request while it is still worked on
		_ = b.control.SetReadDeadline(time.Time{})
		b.call.body = nil
	case err != nil && !errors.As(err, &tooLarge): // nothing more comes, or too slowly: net/http must not wait for it either
		b.call.body = nil
	}
	return n, err
}

// whatIsWrong says it in words of our own: the library's may repeat what was sent.
func whatIsWrong(err error) string {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic) && errors.Is(semantic.Err, json.ErrUnknownName):
		return fmt.Sprintf("The member %s is not known here.", place(semantic.JSONPointer))
	case errors.As(err, &semantic):
		return fmt.Sprintf("%s must be %s.", place(semantic.JSONPointer), wanted(semantic.GoType))
	case errors.As(err, &syntactic) && errors.Is(syntactic.Err, jsontext.ErrDuplicateName):
		return fmt.Sprintf("The member %s stands there twice.", place(syntactic.JSONPointer))
	case errors.As(err, &syntactic):
		return fmt.Sprintf("The body is not valid JSON at byte %d, in %s.", syntactic.ByteOffset, place(syntactic.JSONPointer))
	}
	return "The body is not valid JSON."
}

// place is a JSON pointer that fits a sentence: short and printable, as names in it come from whoever sent them.
func place(p jsontext.Pointer) string {
	if p == "" {
		return "the body"
	}
	const most = 80
	printable := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(p))
	if len(printable) > most {
		printable = printable[:most] + "…"
	}
	return printable
}

func wanted(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	}
	return "of another type"
}
