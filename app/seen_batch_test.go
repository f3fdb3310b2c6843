package app_test

import (
	"fmt"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestManyWhoWereSeenAreWrittenAFewAtATime(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	const people = 250
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		for i := range people {
			name := fmt.Sprintf("p%d", i)
			id, err := tx.InsertUser(app.User{
				Email: name, EmailKey: name, Username: name, UsernameKey: name, IsActive: true, ConfirmedAt: tx.Now(), CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
			})
			if err != nil {
				return err
			}
			s := app.Session{ID: name, UserID: id, CreatedAt: tx.Now(), LastSeenAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour), UserAgentHash: app.DigestOf("")}
			if err := tx.InsertSession(s, app.DigestOf(name)); err != nil {
				return err
			}
		}
		return nil
	}))
	w.Clock.Advance(2 * time.Minute)
	for i := range people {
		token := app.Secret(fmt.Sprintf("p%d", i))
		_, _, err := w.CheckSession(t.Context(), app.Presented{
			Key: app.DigestOf("bearer " + token.Reveal()), Token: func() (app.Secret, error) { return token, nil },
		}, app.Client{})
		must(t, err)
	}
	if n := w.Updates(func() { w.FlushSeen(t.Context()) }); n != 3 {
		t.Errorf("%d accounts' times took %d transactions, want 3", people, n)
	}
	page, err := w.ListUsers(t.Context(), app.System(), app.UserQuery{Page: people, PageSize: 1, Sort: "-last_seen_at"})
	must(t, err)
	if last := page.Users[0]; !last.LastSeenAt.Equal(w.Now()) {
		t.Errorf("%s was seen at %s, want %s", last.Email, last.LastSeenAt, w.Now())
	}
	if n := w.Updates(func() { w.FlushSeen(t.Context()) }); n != 0 {
		t.Errorf("nothing more took %d transactions", n)
	}
}
