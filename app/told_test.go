package app_test

import (
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// TestEventsTellWhatHappenedOnceItIsDurable reads the events of a short story; each carries its time.
func TestEventsTellWhatHappenedOnceItIsDurable(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	events, stop := w.Listen(func(app.Event) bool { return true })
	defer stop()
	p := w.Owner(ada)
	other := w.SignIn(ada, apptest.Browser(3))
	_, err := w.UpdateProfile(t.Context(), p.Actor(), changes("first_name", `"Ada"`))
	must(t, err)
	must(t, w.Logout(t.Context(), other.Actor()))
	_, err = register(t, w, ada, apptest.Browser(4)) // refused: nothing is told
	wantCode(t, err, app.CodeValidationFailed)
	var names []string
	for range len(events) {
		e := <-events
		names = append(names, e.Name)
		if e.At.IsZero() || e.UserID == 0 {
			t.Errorf("%s at %v of user %d", e.Name, e.At, e.UserID)
		}
	}
	want := []string{"user.created", "session.created", "session.created", "user.updated", "session.deleted"}
	if !slices.Equal(names, want) {
		t.Errorf("told %v, want %v", names, want)
	}
}
