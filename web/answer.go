package web

import (
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
)

// answer is a call's ResponseWriter. It remembers the status, and leads a mux's handler back to the call.
type answer struct {
	http.ResponseWriter
	call   *call
	status int // 0 until the header is written
}

// WriteHeader writes the header once; informational ones don't count. A refusal waits for the end of what was sent.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
		if status >= 400 {
			a.call.drain()
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// ReadFrom lets the connection take a file without copying it through us.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
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
