package web

import (
	"errors"
	"testing"
	"time"

	"doorward/app"
)

func TestEveryPublishedCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	kinds := map[int]app.Kind{
		400: app.KindMalformed, 401: app.KindUnauthenticated, 403: app.KindForbidden, 404: app.KindNotFound, 409: app.KindConflict,
		413: app.KindTooLarge, 415: app.KindUnsupported, 422: app.KindInvalid, 429: app.KindLimited, 500: app.KindInternal, 503: app.KindOverloaded,
	}
	for _, line := range statuses {
		if got := statusOf(app.Refuse(kinds[line.status], line.codes[0], "")); got != line.status {
			t.Errorf("kind %d is answered with %d, want %d", kinds[line.status], got, line.status)
		}
	}
	if got := statusOf(errors.New("anything")); got != 500 {
		t.Errorf("an unknown error is answered with %d", got)
	}
	if got := statusOf(errMethod); got != 405 {
		t.Errorf("a wrong method is answered with %d", got)
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		1: "1", time.Second: "1", time.Second + 1: "2", 59*time.Second + 999*time.Millisecond: "60",
	} {
		if got := retryAfter(d); got != want {
			t.Errorf("%v gives %s, want %s", d, got, want)
		}
	}
}
