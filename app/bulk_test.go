package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// outcomes reads results as `id code`, or `id ok`.
func outcomes(results []app.BulkResult) []string {
	var list []string
	for _, r := range results {
		if r.Err == nil {
			list = append(list, fmt.Sprint(r.ID, " ok"))
			continue
		}
		text := fmt.Sprint(r.ID, " ", r.Err.Code)
		for _, f := range r.Err.Fields {
			text += fmt.Sprint(" ", f.Field, " ", f.Rule)
		}
		list = append(list, text)
	}
	return list
}

func TestEachAccountOfABulkChangeIsOnItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.Member(bob).User().ID
	owner, admin, member := h.owner.User().ID, h.admin.User().ID, h.member.User().ID
	_, err := h.ReplaceCustomFields(t.Context(), h.owner.Actor(), app.UserOf(other), changes("big", `"`+strings.Repeat("x", 63<<10)+`"`))
	must(t, err)
	wrote(t, h.World, func() {
		results, err := h.UpdateUsers(t.Context(), h.admin.Actor(), []int64{member, 999, owner, member, other, admin, 0, -1}, changes("team", `"blue`+strings.Repeat(" ", 2<<10)+`"`))
		must(t, err)
		want := []string{
			fmt.Sprint(member, " ok"), "999 not_found", fmt.Sprint(owner, " rank_too_low"), fmt.Sprint(other, " validation_failed custom_fields too_long"),
			fmt.Sprint(admin, " rank_too_low"), "0 not_found", "-1 not_found",
		}
		if got := outcomes(results); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if results[0].User.CustomFields["team"] == nil || results[1].User.ID != 0 {
			t.Errorf("results hold %+v", results[:2])
		}
	}, "user.updated")
}

func TestOfABulkChangeTheFirstGetsTheNameAndTheOthersAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []int64{h.member.User().ID, h.admin.User().ID, h.owner.User().ID}
	wrote(t, h.World, func() {
		results, err := h.UpdateUsers(t.Context(), h.owner.Actor(), ids, changes("username", `"support"`, "email", `"new@example.org"`, "phone", `1`))
		must(t, err)
		want := []string{
			fmt.Sprint(ids[0], " ok"), fmt.Sprint(ids[1], " validation_failed email taken username taken"), fmt.Sprint(ids[2], " validation_failed email not_updatable"),
		}
		if got := outcomes(results); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}, "user.updated", "email.changed")
	for _, p := range []*apptest.Persona{h.admin, h.owner} {
		if u := p.User(); len(u.CustomFields) != 0 || !u.IsConfirmed() {
			t.Errorf("%s was changed in part: %+v", p.Email, u)
		}
	}
	u, err := h.UpdateUser(t.Context(), h.owner.Actor(), ids[1], changes("username", `"ada"`)) // it was not given up
	if must(t, err); u.Username != "ada" {
		t.Errorf("named %s", u.Username)
	}
}

func TestWhatFitsNoAccountIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []int64{h.member.User().ID}
	many := make([]int64, 1001)
	for i := range many {
		many[i] = 1
	}
	good := changes("a", "1")
	for _, c := range []struct {
		name    string
		ids     []int64
		changes app.Changes
		want    []string
	}{
		{"no ids", []int64{}, good, []string{"ids required"}},
		{"nothing at all", nil, nil, []string{"ids required", "fields required"}},
		{"1,001 ids", many, good, []string{"ids too_long"}},
		{"a protected name", ids, changes("password", `"x"`, "a", "1"), []string{"password not_updatable"}},
		{"a value against its rule", ids, changes("user_timezone", `"Nowhere"`, "email", `null`), []string{"user_timezone unknown", "email required"}},
	} {
		wrote(t, h.World, func() {
			_, err := h.UpdateUsers(t.Context(), h.admin.Actor(), c.ids, c.changes)
			wantFields(t, err, c.want...)
		})
	}
	_, err := h.UpdateUsers(t.Context(), h.member.Actor(), nil, nil) // who may not is told so first
	wantCode(t, err, app.CodeForbidden)
	results, err := h.UpdateUsers(t.Context(), h.admin.Actor(), ids, app.Changes{})
	if must(t, err); results[0].Err != nil || results[0].User.ID != ids[0] {
		t.Errorf("no change at all: %+v", results)
	}
}

func TestAThousandAccountsAreChangedInShortTransactions(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	by := w.Owner(root).Actor()
	ids := make([]int64, 0, 1000)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		for i := range 1000 {
			email := fmt.Sprintf("u%d@example.org", i)
			id, err := tx.InsertUser(app.User{Email: email, EmailKey: email, IsActive: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}))
	var results []app.BulkResult
	if n := w.Updates(func() {
		var err error
		results, err = w.UpdateUsers(t.Context(), by, ids, changes("plan", `"pro"`))
		must(t, err)
	}); n != 40 {
		t.Errorf("%d transactions, want 40 of 25 accounts", n)
	}
	for i, r := range results {
		if r.ID != ids[i] || r.Err != nil || string(r.User.CustomFields["plan"]) != `"pro"` {
			t.Fatalf("result %d: %+v", i, r)
		}
	}
	if len(results) != 1000 {
		t.Errorf("%d results", len(results))
	}
}

func TestABulkChangeThatIsCutOffTellsWhatWasDone(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	by := w.Owner(root).Actor()
	ids := make([]int64, 60)
	for i := range ids {
		ids[i] = int64(1000 + i)
	}
	turns := 0
	w.Failing(func() error { // the disk fills up after the first transaction
		if turns++; turns > 1 {
			return app.ErrUnavailable
		}
		return nil
	})
	results, err := w.UpdateUsers(t.Context(), by, ids, changes("a", "1"))
	must(t, err)
	got := outcomes(results)
	if len(got) != 60 || got[24] != "1024 not_found" || got[25] != "1025 overloaded" || got[59] != "1059 overloaded" {
		t.Errorf("got %q", got)
	}
	_, err = w.UpdateUsers(t.Context(), by, ids, changes("a", "1")) // with nothing done there is nothing to tell
	if wantCode(t, err, app.CodeOverloaded); !errors.Is(app.AsError(err).Unwrap(), app.ErrUnavailable) {
		t.Errorf("the cause is lost: %v", err)
	}
}
