package app_test

import (
	"bytes"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestSessionsOfAnotherAreListedAndEnded(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	by := colleague(t, w, grace, app.RoleAdmin).Actor()
	first := w.Newcomer(eve)
	w.Clock.Advance(time.Minute)
	second := w.SignIn(eve, apptest.Browser(5))
	third := w.SignIn(eve, apptest.Browser(6))
	id := first.User().ID
	list, err := w.ListUserSessions(t.Context(), by, id)
	must(t, err)
	if len(list) != 3 || list[0].ID != third.Actor().Session.ID || list[2].ID != first.Actor().Session.ID {
		t.Errorf("sessions %+v", list)
	}
	wantCode(t, w.EndUserSession(t.Context(), by, id, owner.Actor().Session.ID), app.CodeNotFound) // of another account than the path names
	owner.Actor()
	ended := second.Actor().Session.ID
	wrote(t, w, func() {
		events := told(w, func() { must(t, w.EndUserSession(t.Context(), by, id, ended)) })
		if len(events) != 1 || events[0].Name != "session.deleted" || events[0].SessionID != ended || events[0].UserID != id || events[0].Actor.ID != by.ID {
			t.Errorf("told %+v", events)
		}
	}, "session.deleted")
	over(t, second)
	wantCode(t, w.EndUserSession(t.Context(), by, id, ended), app.CodeNotFound)
	first.Actor()
	third.Actor()
	wrote(t, w, func() { must(t, w.EndUserSessions(t.Context(), by, id)) }, "session.deleted")
	over(t, first)
	over(t, third)
	wrote(t, w, func() { must(t, w.EndUserSessions(t.Context(), by, id)) })
	if list, err := w.ListUserSessions(t.Context(), by, id); err != nil || list == nil || len(list) != 0 {
		t.Errorf("sessions %v, %v", list, err)
	}
	must(t, w.EndUserSessions(t.Context(), owner.Actor(), owner.User().ID)) // all means the one that asks too
	over(t, owner)
}

func TestAnotherAccountsPicture(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	p := w.Member(eve)
	id := p.User().ID
	by := owner.Actor()
	var avatar app.Avatar
	wrote(t, w, func() {
		var err error
		avatar, err = w.UploadUserAvatar(t.Context(), by, id, bytes.NewReader(picture(t, 1)), long)
		must(t, err)
	}, "avatar.updated")
	if avatar.Status != app.AvatarReady || avatar.UserID != id || p.User().AvatarID != avatar.ID {
		t.Errorf("the picture is %+v, the account shows %s", avatar, p.User().AvatarID)
	}
	wrote(t, w, func() { // the same picture is the same avatar, whoever sends it
		if again := upload(t, w, p, picture(t, 1), 0); again.ID != avatar.ID {
			t.Errorf("again: %+v", again)
		}
	})
	log := entries(t, w)
	if e := log[len(log)-1]; e.ActorID != by.ID || e.TargetID != id || e.Email != eve {
		t.Errorf("the entry is %+v", e)
	}
	wrote(t, w, func() { must(t, w.RemoveUserAvatar(t.Context(), by, id)) }, "avatar.deleted")
	wrote(t, w, func() { must(t, w.RemoveUserAvatar(t.Context(), by, id)) })
	awaitFolders(t, w)
	if u := p.User(); u.Avatar != nil || owner.User().Avatar != nil {
		t.Errorf("the account shows %+v", u.Avatar)
	}
}

// unread is an upload that nobody should look at.
type unread struct{ t testing.TB }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the upload was read")
	return broken{}.Read(nil)
}

func TestAPictureIsNotReadForWhoMayNotSetIt(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	by := colleague(t, w, eve, app.RoleAdmin).Actor()
	_, err := w.UploadUserAvatar(t.Context(), by, owner.User().ID, unread{t}, 0)
	wantCode(t, err, app.CodeRankTooLow)
	_, err = w.UploadUserAvatar(t.Context(), by, 4711, unread{t}, 0)
	wantCode(t, err, app.CodeNotFound)
}

// meanwhile is an upload during which something happens.
type meanwhile struct {
	bytes.Reader
	act func()
}

func (m *meanwhile) Read(p []byte) (int, error) {
	if m.act != nil {
		m.act()
		m.act = nil
	}
	return m.Reader.Read(p)
}

func TestAPictureIsNotTakenFromARankThatWasTakenDuringTheUpload(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	id := w.Newcomer(grace).User().ID
	by := colleague(t, w, eve, app.RoleAdmin).Actor()
	file := &meanwhile{act: func() { change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil }) }}
	file.Reset(picture(t, 1))
	wrote(t, w, func() {
		_, err := w.UploadUserAvatar(t.Context(), by, id, file, 0)
		wantCode(t, err, app.CodeUnauthenticated)
	})
	awaitFolders(t, w)

	gone := &meanwhile{act: func() { must(t, w.DeleteUser(t.Context(), shell, id)) }}
	gone.Reset(picture(t, 1))
	_, err := w.UploadUserAvatar(t.Context(), shell, id, gone, 0)
	wantCode(t, err, app.CodeNotFound)
	awaitFolders(t, w)
}
