package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// answerPatience is how long a client may take nothing of an answer, and readRate how many bytes a second it takes of a
	// large one at least: whoever asks and never reads would hold the connection for good. It is longer than a connection
	// that is kept idle lasts, so that one answer's time is not over before the next begins.
	answerPatience = 3 * time.Minute
	readRate       = 16 << 10
	// largeWrite is what deserves a time of its own.
	largeWrite = 64 << 10
)

// answer is a call's ResponseWriter. It remembers the status, and leads a mux's handler back to the call.
type answer struct {
	http.ResponseWriter
	call   *call
	status int  // 0 until the header is written
	begun  bool // something of the body was written
}

// WriteHeader writes the header once; informational ones don't count. A refusal waits for the end of what was sent.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
		if status >= 400 {
			a.call.drain()
		}
		a.hurryReader(0)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.begun || len(p) > largeWrite {
		a.hurryReader(int64(len(p)))
	}
	a.begun = true
	return a.ResponseWriter.Write(p)
}

// hurryReader bounds how long a client may take to read what is written next, of n bytes.
func (a *answer) hurryReader(n int64) {
	connection, ok := a.ResponseWriter.(interface{ SetWriteDeadline(time.Time) error })
	if !ok {
		return // a host program's own, which sees to it
	}
	_ = connection.SetWriteDeadline(time.Now().Add(a.call.s.answerPatience + time.Duration(n)*time.Second/readRate))
}

// ReadFrom lets the connection take a file without copying it through us.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	length, _ := strconv.ParseInt(a.Header().Get("Content-Length"), 10, 64) // 0 where it is not known
	a.hurryReader(length)
	a.begun = true
	return io.Copy(a.ResponseWriter, r)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Header values that are shared between requests: assigned whole, never appended to.
var (
	jsonType    = []string{"application/json"}
	problemType = []string{"application/problem+json"}
	textType    = []string{"text/plain; charset=utf-8"}
)

// sendJSON answers a value as JSON.
func (c *call) sendJSON(status int, value any) error {
	body, err := encodeJSON(value)
	if err != nil {
		return err
	}
	c.w.Header()["Content-Type"] = jsonType
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that went away is no fault of ours
	return nil
}

// sendEmpty answers without a body.
func (c *call) sendEmpty(status int) error {
	c.w.WriteHeader(status)
	return nil
}

// encodeJSON is how everything leaves as JSON: members of a map in the order of their names.
func encodeJSON(value any) ([]byte, error) {
	body, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return body, nil
}
