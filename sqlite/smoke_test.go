package sqlite

import (
	"context"
	"testing"
	"time"

	"doorward/app"
	"doorward/goose"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/a b?c.db"
	s, err := Open(ctx, path, Options{Migrations: goose.Migrations(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Applied(), s.Version())
	err = s.Update(ctx, func(tx app.Tx) error {
		id, err := tx.InsertUser(app.User{Email: "a@b", EmailKey: "a@b"})
		if err != nil {
			return err
		}
		u, err := tx.FindUser(id)
		t.Logf("%+v", u)
		if err != nil {
			return err
		}
		_, err = tx.InsertUser(app.User{Email: "a@b", EmailKey: "a@b"})
		t.Log(err)
		return nil
	})
	t.Log(err)
	t.Log(s.View(ctx, func(tx app.Tx) error {
		l, n, err := tx.ListUsers(app.UserFilter{Limit: 10, Search: "A@"})
		t.Log(l, n)
		r, _ := tx.ListRoles()
		t.Log(r)
		return err
	}))
	t.Log(s.Ready(ctx), s.Check(ctx))
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Log("close", time.Since(start))
	start = time.Now()
	s, err = Open(ctx, path, Options{Migrations: goose.Migrations(), Now: time.Now})
	t.Log("open", time.Since(start), err)
	s.Close()
}
