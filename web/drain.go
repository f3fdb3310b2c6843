package web

import (
	"io"
	"net/http"
	"time"
)

const (
	// drainMost is how much of a refused body is read and thrown away: more than the largest picture that most sites take.
	drainMost = 16 << 20
	// drainPatience is how long that may take.
	drainPatience = 10 * time.Second
)

// drain reads what is left of the body of a request that is refused. Many clients look for an answer only once they have
// sent everything: to them a connection that is closed before would look broken, and the refusal would be lost. What is
// larger than drainMost is left alone, and so is the body of a client that asks first (`Expect: 100-continue`) and waits.
func (c *call) drain() {
	if c.r.ContentLength > drainMost || c.r.Header.Get("Expect") != "" || c.body == nil || c.body == http.NoBody {
		return
	}
	control := http.NewResponseController(c.answer.ResponseWriter)
	_ = control.SetReadDeadline(time.Now().Add(c.s.drainPatience))
	if _, err := io.CopyN(io.Discard, c.body, drainMost); err == nil || err == io.EOF {
		_ = control.SetReadDeadline(time.Time{})
	} // else the client went away or stands still, and net/http must not wait for it either
}

// hurry bounds how long the body of a request may take that no handler reads: net/http would wait for it without end
// before it answers, and whoever sends none would hold the connection. Handlers that read have bounds of their own.
func (c *call) hurry() {
	if c.r.Body != nil && c.r.Body != http.NoBody {
		_ = http.NewResponseController(c.answer.ResponseWriter).SetReadDeadline(time.Now().Add(c.s.bodyPatience))
	}
}
