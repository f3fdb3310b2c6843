package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// found are the ids that a question to the audit log gives, through all its pages of the given size.
func found(t testing.TB, w *apptest.World, q app.AuditQuery, size int) (ids []int64) {
	t.Helper()
	q.PageSize = fmt.Sprint(size)
	for pages := 0; ; pages++ {
		page, err := w.ListAudit(t.Context(), app.Shell("root"), q)
		must(t, err)
		if len(page.Entries) > size || pages > 200 {
			t.Fatalf("page %d has %d entries", pages, len(page.Entries))
		}
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if page.Next == "" {
			return ids
		}
		q.Cursor = page.Next
	}
}

func TestTheAuditLogIsReadByEveryCombinationOfConditions(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	a, e := owner.User(), p.User()
	for i := range 40 {
		w.Clock.Advance(time.Minute)
		by, target := []app.Actor{owner.Actor(), p.Actor(), app.System()}[i%3], []*app.User{&a, &e, nil, &e}[i%4]
		must(t, w.WriteAudit(t.Context(), 1, by, []string{"user.updated", "session.created"}[i%2], target))
	}
	all := entries(t, w)
	since := all[len(all)-20].At
	for _, user := range []int64{0, a.ID, e.ID, 999} {
		for _, action := range []string{"", "user.updated", "key.created"} {
			for _, young := range []bool{false, true} {
				q := app.AuditQuery{Action: action}
				if user != 0 {
					q.User = fmt.Sprint(user)
				}
				if young {
					q.Since = since.Format(time.RFC3339Nano)
				}
				var want []int64
				for _, row := range slices.Backward(all) {
					concerns := row.TargetID == user || row.ActorKind == app.ActorUser && row.ActorID == user
					if (user == 0 || concerns) && (action == "" || row.Action == action) && (!young || !row.At.Before(since)) {
						want = append(want, row.ID)
					}
				}
				for _, size := range []int{1, 7, 100} {
					if got := found(t, w, q, size); !slices.Equal(got, want) {
						t.Errorf("%+v in pages of %d: %v, want %v", q, size, got, want)
					}
				}
			}
		}
	}
}

func TestPagesOfTheAuditLogHoldEachEntryOnceWhateverIsAdded(t *testing.T) {
	t.Parallel()
	w := logged(t, 30)
	q := app.AuditQuery{PageSize: "7"}
	var ids []int64
	for {
		page, err := w.ListAudit(t.Context(), app.Shell("root"), q)
		must(t, err)
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
		must(t, w.WriteAudit(t.Context(), 3, app.System(), "import", nil))
	}
	for i, id := range ids {
		if id != int64(30-i) {
			t.Fatalf("read %v", ids)
		}
	}
	if len(ids) != 30 {
		t.Errorf("%d entries", len(ids))
	}
}

func TestAnEntryTellsWhoDidWhatToWhom(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	_, err := w.UpdateProfile(t.Context(), p.Actor(), changes("first_name", `"Eve"`))
	must(t, err)
	must(t, w.WriteAudit(t.Context(), 1, app.System(), "import", nil))
	page, err := w.ListAudit(t.Context(), owner.Actor(), app.AuditQuery{PageSize: "2"})
	must(t, err)
	system, own := page.Entries[0], page.Entries[1]
	var said map[string]map[string]map[string]string
	must(t, json.Unmarshal(own.Details, &said))
	user := p.User()
	if own.Action != "user.updated" || own.ActorKind != app.ActorUser || own.ActorID != user.ID || own.ActorName != user.Username ||
		own.IP != "203.0.113.2" || own.UserAgent != p.Client.UserAgent || own.TargetID != user.ID || own.TargetEmail != eve ||
		said["changed"]["first_name"]["to"] != "Eve" || !own.At.Equal(w.Clock.Now()) {
		t.Errorf("the entry is %+v, %s", own, own.Details)
	}
	if system.ActorKind != app.ActorSystem || system.ActorID != 0 || system.IP != "" || system.TargetID != 0 || system.ActorErased || system.TargetErased {
		t.Errorf("the system's entry is %+v", system)
	}
	w.Clock.Advance(time.Second)
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	w.Clock.Advance(31 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	page, err = w.ListAudit(t.Context(), app.Shell("root"), app.AuditQuery{User: fmt.Sprint(user.ID), Action: "user.updated"})
	must(t, err)
	if erased := page.Entries[0]; !erased.ActorErased || !erased.TargetErased || erased.ActorName != "" || erased.IP != "" || erased.UserAgent != "" ||
		erased.TargetEmail != "" || erased.Details != nil || erased.ActorID != user.ID || erased.TargetID != user.ID {
		t.Errorf("the erased entry is %+v", erased)
	}
}

func TestBadQuestionsToTheAuditLogAreRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	w := logged(t, 10)
	ask := func(q app.AuditQuery) error {
		_, err := w.ListAudit(t.Context(), app.Shell("root"), q)
		return err
	}
	wantFields(t, ask(app.AuditQuery{User: "ada", Action: "user.eaten", Since: "yesterday", Cursor: "x", PageSize: "many"}),
		"user invalid_format", "action unknown", "since invalid_format", "cursor invalid_format", "page_size out_of_range")
	for _, user := range []string{"0", "-1"} {
		wantFields(t, ask(app.AuditQuery{User: user}), "user out_of_range")
	}
	for _, user := range []string{"99999999999999999999", "1.5", "0x1", " 1", "1 OR 1=1"} {
		wantFields(t, ask(app.AuditQuery{User: user}), "user invalid_format")
	}
	for _, since := range []string{"2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00 01:00", "1769860800", "2026-13-01T00:00:00Z"} {
		wantFields(t, ask(app.AuditQuery{Since: since}), "since invalid_format")
	}
	for _, since := range []string{"2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.123456789Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		must(t, ask(app.AuditQuery{Since: since}))
	}
	for _, cursor := range []string{"0", "-5", "1e3", "99999999999999999999"} {
		wantFields(t, ask(app.AuditQuery{Cursor: cursor}), "cursor invalid_format")
	}
	for _, size := range []string{"0", "101", "-1", "x"} {
		wantFields(t, ask(app.AuditQuery{PageSize: size}), "page_size out_of_range")
	}
	for _, action := range []string{"USER.UPDATED", "user.%", "user"} {
		wantFields(t, ask(app.AuditQuery{Action: action}), "action unknown")
	}
	for _, action := range app.AuditActions() {
		must(t, ask(app.AuditQuery{Action: action}))
	}
}

func TestTheAuditLogOfAnAccountIsAskedForByItsEmailToo(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	id := w.Newcomer(eve).User().ID
	if byEmail, byID := found(t, w, app.AuditQuery{User: " EVE@example.org "}, 100), found(t, w, app.AuditQuery{User: fmt.Sprint(id)}, 100); len(byID) == 0 || !slices.Equal(byEmail, byID) {
		t.Errorf("by e-mail %v, by id %v", byEmail, byID)
	}
	for user, want := range map[string]string{"nobody@example.org": "user unknown", "a@b@c": "user invalid_format"} {
		_, err := w.ListAudit(t.Context(), app.Shell("root"), app.AuditQuery{User: user})
		wantFields(t, err, want)
	}
}
