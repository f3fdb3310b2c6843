package app_test

import (
	"context"
	"fmt"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// TestTwoOwnersNeverUndoEachOtherToNone lets two Owners take each other's and their own place by every way that there
// is, twenty at once and many times over: one of them must be left.
func TestTwoOwnersNeverUndoEachOtherToNone(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	ways := map[string]func(ctx context.Context, by app.Actor, other int64) error{
		"demote": func(ctx context.Context, by app.Actor, other int64) error {
			_, err := w.DemoteToUser(ctx, by, other)
			return err
		},
		"take the role": func(ctx context.Context, by app.Actor, other int64) error {
			_, err := w.RemoveRole(ctx, by, other, app.RoleOwner)
			return err
		},
		"deactivate": func(ctx context.Context, by app.Actor, other int64) error {
			_, err := w.SetUserStatus(ctx, by, other, false)
			return err
		},
		"delete": func(ctx context.Context, by app.Actor, other int64) error {
			return w.DeleteUser(ctx, by, other)
		},
		"leave": func(ctx context.Context, by app.Actor, _ int64) error {
			return w.DeleteOwnAccount(ctx, by, apptest.Password)
		},
		"be demoted by the shell": func(ctx context.Context, by app.Actor, _ int64) error {
			_, err := w.DemoteToUser(ctx, app.Shell("root"), by.ID)
			return err
		},
	}
	var mixed []string
	for way := range ways {
		mixed = append(mixed, way)
	}
	rounds := []string{}
	for range 3 {
		for way := range ways {
			rounds = append(rounds, way)
		}
		rounds = append(rounds, "all of them", "all of them")
	}
	for round, way := range rounds {
		pair := [2]app.Actor{}
		for i := range pair {
			pair[i] = w.Holding(w.Newcomer(fmt.Sprintf("owner%d-%d@example.org", round, i)), app.RoleOwner).Actor()
		}
		for _, owner := range holders(t, w, app.RoleOwner) {
			if user, _ := find(t, w, owner); user.ID != pair[0].ID && user.ID != pair[1].ID {
				_, err := w.RemoveRole(t.Context(), app.Shell("root"), user.ID, app.RoleOwner)
				must(t, err)
			}
		}
		errs := together(20, func(i int) error {
			do := ways[way]
			if do == nil {
				do = ways[mixed[i/2%len(mixed)]]
			}
			return do(t.Context(), pair[i%2], pair[1-i%2].ID)
		})
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if app.AsError(err).Kind == app.KindInternal {
				t.Errorf("%s: %v", way, err)
			}
		}
		var left int
		must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
			left, err = tx.CountActive(app.RoleOwner)
			return err
		}))
		if left != 1 || good == 0 {
			t.Fatalf("%s: %d worked and left %d active Owners, want one", way, good, left)
		}
	}
}
