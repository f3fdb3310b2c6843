package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"doorward/app"
)

// What the web room itself refuses.
var (
	errUnauthenticated = app.Refuse(app.KindUnauthenticated, app.CodeUnauthenticated, "Sign in first.")
	errForbidden       = app.Refuse(app.KindForbidden, app.CodeForbidden, "You may not do that.")
	errCrossOrigin     = app.Refuse(app.KindForbidden, app.CodeCrossOrigin, "This request comes from another site, or from this one by another address. Open this site's own address and try again.")
	errKeyInBrowser    = app.Refuse(app.KindForbidden, app.CodeCrossOrigin, "An API key is a server's secret: in a script it is everybody's. Call with a session's token, and revoke the key.")
	errNeedsSession    = app.Refuse(app.KindForbidden, app.CodeForbidden, "An API key can't do that; it takes a person's session.")
	errNeedsKey        = app.Refuse(app.KindForbidden, app.CodeForbidden, "Only an API key can ask that.")
	errNotFound        = app.Refuse(app.KindNotFound, app.CodeNotFound, "There is nothing here by that name or number.")
	errMethod          = &statusError{http.StatusMethodNotAllowed, app.Refuse(app.KindMalformed, app.CodeMalformed, "This address doesn't take that method; Allow lists those that it does.")}
)

// statusError is an error with a status of its own, where its kind's is not the one that HTTP wants.
type statusError struct {
	status    int
	published *app.Error
}

func (e *statusError) Error() string { return e.published.Error() }

// Unwrap leads to the published error.
func (e *statusError) Unwrap() error { return e.published }

// statusOf is the status that an error is answered with.
func statusOf(err error) int {
	var special *statusError
	if errors.As(err, &special) {
		return special.status
	}
	switch app.AsError(err).Kind {
	case app.KindMalformed:
		return http.StatusBadRequest
	case app.KindUnauthenticated:
		return http.StatusUnauthorized
	case app.KindForbidden:
		return http.StatusForbidden
	case app.KindNotFound:
		return http.StatusNotFound
	case app.KindConflict:
		return http.StatusConflict
	case app.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case app.KindUnsupported:
		return http.StatusUnsupportedMediaType
	case app.KindInvalid:
		return http.StatusUnprocessableEntity
	case app.KindLimited:
		return http.StatusTooManyRequests
	case app.KindOverloaded:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem is RFC 9457's shape with the published code. It never holds a value that was sent, so there is no `instance`.
type problem struct {
	Type      string         `json:"type" enum:"about:blank"`
	Title     string         `json:"title" doc:"The status in words."`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"A sentence for people. It may change; the code does not."`
	Code      string         `json:"code" doc:"The published name of the error."`
	Errors    []fieldProblem `json:"errors" nullable:"false" doc:"With validation_failed, what is wrong with which field; otherwise empty."`
	RequestID string         `json:"request_id" doc:"Under this id the log has more."`
}

// fieldProblem is what is wrong with one field.
type fieldProblem struct {
	Field   string `json:"field"`
	Code    string `json:"code" enum:"required,invalid_format,too_short,too_long,taken,too_common,does_not_match,must_differ,did_not_change,not_valid,unknown,not_updatable,out_of_range"`
	Message string `json:"message" doc:"A sentence that can stand beside the field."`
}

// fail answers an error: as a problem or as a page, and in the log where it is ours.
func (c *call) fail(err error) {
	published := app.AsError(err)
	c.logFault(published)
	if c.answer.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	header := c.w.Header()
	header["Cache-Control"] = noStore
	if published.RetryAfter > 0 {
		header.Set("Retry-After", retryAfter(published.RetryAfter))
	}
	if !c.json {
		c.s.pageError(c, err)
		return
	}
	c.sendProblem(statusOf(err), published)
}

func (c *call) sendProblem(status int, e *app.Error) {
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: string(e.Code),
		Errors: viewFields(e.Fields), RequestID: c.id,
	}
	body, err := encodeJSON(p)
	if err != nil {
		panic(err) // a problem holds nothing but text
	}
	header := c.w.Header()
	header["Content-Type"] = problemType
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
}

// viewFields is never nil.
func viewFields(fields []app.FieldError) []fieldProblem {
	problems := make([]fieldProblem, 0, len(fields))
	for _, f := range fields {
		problems = append(problems, fieldProblem{f.Field, string(f.Rule), f.Message})
	}
	return problems
}

// logFault keeps the cause of what is our fault, under the id that the answer shows.
func (c *call) logFault(e *app.Error) {
	switch {
	case e.Kind == app.KindInternal:
		c.s.log.Error("request failed", "request_id", c.id, "route", c.pattern, "error", e)
	case e.Kind == app.KindOverloaded && e.Unwrap() != nil && c.r.Context().Err() == nil:
		c.s.log.Warn("request refused", "request_id", c.id, "route", c.pattern, "error", e)
	}
}

// retryAfter is whole seconds, rounded up: who waits that long is let in.
func retryAfter(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
