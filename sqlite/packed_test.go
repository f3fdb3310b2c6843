package sqlite

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"doorward/app"
)

func TestAPackedSessionIsTheSessionColumnByColumn(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	at := time.UnixMicro(1_700_000_000_123_456).UTC()
	for i, agent := range []string{"", "Mozilla/5.0 (X11)", "'; \" \\ \n ü 日本", "a" + between + "b", between, "a\x00b"} {
		t.Run(fmt.Sprintf("%q", agent), func(t *testing.T) {
			digest := app.DigestOf(fmt.Sprint(i))
			err := s.Update(t.Context(), func(tx app.Tx) error {
				name := fmt.Sprintf("user%d", i)
				user, err := tx.InsertUser(app.User{
					Email: name + "@example.org", EmailKey: name + "@example.org", Username: name, UsernameKey: name, FirstName: agent, IsActive: i%2 == 0,
					ConfirmedAt: at, CreatedAt: at, UpdatedAt: at,
				})
				if err != nil {
					return err
				}
				for role := range int64(i % 4) {
					if _, err := tx.AssignRole(user, 1+role); err != nil {
						return err
					}
				}
				return tx.InsertSession(app.Session{
					ID: fmt.Sprint("s", i), UserID: user, CreatedAt: at, ExpiresAt: at.Add(time.Hour), Remember: i%2 == 1,
					IP: netip.MustParseAddr("2001:db8::1"), UserAgent: agent, UserAgentHash: app.DigestOf(agent),
				}, digest)
			})
			if err != nil {
				t.Fatal(err)
			}
			session, user, err := s.SessionByDigest(t.Context(), digest)
			if err != nil {
				t.Fatal(err)
			}
			err = s.View(t.Context(), func(tx app.Tx) error {
				wantSession, err := tx.FindSession(session.ID)
				if err != nil {
					return err
				}
				want, err := tx.FindUser(session.UserID)
				if !reflect.DeepEqual(session, wantSession) || !reflect.DeepEqual(user, want) || session.UserAgent != agent || user.FirstName != agent {
					t.Errorf("packed: %+v %+v\nby columns: %+v %+v", session, user, wantSession, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
