package app_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// TestStreamsTellWhatAnotherProcessChanged lets the shell change accounts by a process of its own.
func TestStreamsTellWhatAnotherProcessChanged(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner, eve := w.Owner(ada), w.Member(eve)
	id := eve.User().ID
	all, own := streamAll(t, w, owner), streamOwn(t, w, eve)
	there := w.Elsewhere(t)

	made, err := there.CreateUser(t.Context(), shell, app.NewUserInput{Email: "grace@example.org"})
	must(t, err)
	_, err = there.AssignRole(t.Context(), shell, id, app.RoleAdmin)
	must(t, err)
	_, err = there.RemoveRole(t.Context(), shell, id, app.RoleAdmin)
	must(t, err)
	_, err = there.UnconfirmUser(t.Context(), shell, made.ID)
	must(t, err)
	_, err = there.ConfirmUser(t.Context(), shell, made.ID)
	must(t, err)
	must(t, there.DeleteUser(t.Context(), shell, made.ID))
	_, err = there.SetUserStatus(t.Context(), shell, id, false)
	must(t, err)

	actor := app.EventActor{Kind: app.ActorShell, Name: "operator"}
	for _, want := range []struct {
		name string
		user int64
		role string
	}{
		{app.EventUserCreated, made.ID, ""}, {app.EventRoleAssigned, id, app.RoleAdmin}, {app.EventRoleRemoved, id, app.RoleAdmin},
		{app.EventUserConfirmed, made.ID, ""}, {app.EventUserDeleted, made.ID, ""},
	} {
		if e := next(t, all, want.name); e.UserID != want.user || e.Role != want.role || e.Actor != actor || !e.At.Equal(w.Clock.Now()) {
			t.Errorf("told %+v, want %+v", e, want)
		}
	}
	var rest []string
	for range 2 {
		e, err := all.Next(t.Context())
		must(t, err)
		rest = append(rest, e.Name)
	}
	if slices.Sort(rest); !slices.Equal(rest, []string{app.EventSessionDeleted, app.EventUserUpdated}) {
		t.Errorf("of the deactivation was told %v", rest)
	}
	nothing(t, all)
	ends(t, own, app.CodeUnauthenticated)
}

func TestAnImportIsToldAccountByAccount(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	all := streamAll(t, w, w.Owner(ada))
	there := w.Elsewhere(t)
	var rows []app.AccountRow
	for i := range 700 { // more than one transaction
		rows = append(rows, app.AccountRow{Email: fmt.Sprintf("person%d@example.org", i)})
	}
	importAll(t, there, app.ImportOptions{}, rows...)
	told := map[int64]bool{}
	for range rows {
		e := next(t, all, app.EventUserCreated)
		if _, err := w.GetUser(t.Context(), app.System(), e.UserID); err != nil || told[e.UserID] {
			t.Fatalf("told %+v: %v", e, err)
		}
		told[e.UserID] = true
	}
	nothing(t, all)
}

// TestEachChangeIsToldOnceWhoeverMadeIt lets two processes change accounts at once.
func TestEachChangeIsToldOnceWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	all := streamAll(t, w, w.Owner(ada))
	processes := []*apptest.World{w, w.Elsewhere(t), w.Elsewhere(t)}
	const each = 40
	var writers sync.WaitGroup
	for p, process := range processes {
		for n := range each {
			writers.Go(func() {
				by := app.Shell(fmt.Sprint("process ", p))
				if _, err := process.CreateUser(t.Context(), by, app.NewUserInput{Email: fmt.Sprintf("p%d-%d@example.org", p, n)}); err != nil {
					t.Error(err)
				}
				// one that fails leaves nothing to tell
				if _, err := process.CreateUser(t.Context(), by, app.NewUserInput{Email: ada}); err == nil {
					t.Error("a taken address was given twice")
				}
			})
		}
	}
	writers.Wait()
	told, of := map[int64]bool{}, map[string]int{}
	for range each * len(processes) {
		e := next(t, all, app.EventUserCreated)
		if told[e.UserID] {
			t.Errorf("user %d was told twice", e.UserID)
		}
		told[e.UserID] = true
		of[e.Actor.Name]++
	}
	for p := range processes {
		if n := of[fmt.Sprint("process ", p)]; n != each {
			t.Errorf("of process %d %d were told, want %d", p, n, each)
		}
	}
	w.ForgetAll() // one more look tells nothing again
	nothing(t, all)
	if n := w.Unsettled(); n != 0 {
		t.Errorf("%d entries are still remembered", n)
	}
}
