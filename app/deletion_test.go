package app_test

import (
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestTheLastOwnerLearnsBeforehandWhyTheyStay(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(bob)
	stays := func(p *apptest.Persona) app.Code {
		t.Helper()
		why, err := w.WhyStay(t.Context(), p.Actor())
		must(t, err)
		if why == nil {
			return ""
		}
		return why.Code
	}
	if got := stays(owner); got != app.CodeLastOwnerDelete {
		t.Errorf("the last Owner stays because of %q", got)
	}
	if got := stays(member); got != "" {
		t.Errorf("a member stays because of %q", got)
	}
	other := w.Holding(member, app.RoleOwner)
	if one, two := stays(owner), stays(other); one != "" || two != "" {
		t.Errorf("of two Owners they stay because of %q and %q", one, two)
	}
	_, err := w.WhyStay(t.Context(), app.Shell(""))
	wantCode(t, err, app.CodeUnauthenticated)
}
