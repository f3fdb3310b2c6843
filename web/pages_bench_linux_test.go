package web

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

var benchAccounts = flag.Int("accounts", 1000, "accounts that BenchmarkPages makes, each with a session and entries of the audit log")

// BenchmarkPages is what a page costs the server, from the request to its last byte, packed: `processor-ms` is the time of
// the processor, which other programs on the machine don't add to, `median-ms` the time that passed. With -accounts 100000
// it is worth a cup of tea.
func BenchmarkPages(b *testing.B) {
	world := apptest.New(b)
	s := newSite(b, world, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	owner := world.Owner("ada@example.org")
	crowd(b, world, *benchAccounts)
	sealed, err := s.server.cookies.seal(s.server.cookies.sessionName, owner.Token.Reveal())
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{
		"/account", "/account/security", "/account/sessions", "/admin", "/admin/users", "/admin/users?search=person42", "/admin/users?page=7&sort=email",
		"/admin/users/42", "/admin/roles", "/admin/sessions", "/admin/sessions?search=person42", "/admin/audit", "/admin/audit?user=42", "/admin/jobs", "/admin/keys",
	} {
		b.Run(path, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			r.RemoteAddr = "127.0.0.1:1234"
			r.Header.Set("User-Agent", owner.Client.UserAgent)
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("Cookie", s.server.cookies.sessionName+"="+sealed)
			var took []time.Duration
			b.ReportAllocs()
			used := processorTime(b)
			for b.Loop() {
				w := httptest.NewRecorder()
				began := time.Now()
				s.server.ServeHTTP(w, r)
				took = append(took, time.Since(began))
				if w.Code != http.StatusOK {
					b.Fatalf("%s is answered with %d", path, w.Code)
				}
			}
			used = (processorTime(b) - used) / time.Duration(len(took))
			slices.Sort(took)
			b.ReportMetric(used.Seconds()*1000, "processor-ms")
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "median-ms")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// crowd makes accounts by an import, and beside it what they leave behind. The entries of the log are copies of its last:
// nobody checks its chain here.
func crowd(b *testing.B, w *apptest.World, n int) {
	b.Helper()
	made := 0
	_, err := w.Import(b.Context(), app.Shell(""), func() (app.AccountRow, error) {
		if made == n {
			return app.AccountRow{}, io.EOF
		}
		made++
		return app.AccountRow{
			Email: fmt.Sprintf("person%d@example.org", made), FirstName: "Person", LastName: fmt.Sprint(made), ConfirmedAt: w.Now(),
		}, nil
	}, app.ImportOptions{})
	if err != nil {
		b.Fatal(err)
	}
	const batch = 500
	for from := 0; from < n; from += batch {
		if err := w.Store.Update(context.Background(), func(tx app.Tx) error { return leave(tx, from, min(from+batch, n)) }); err != nil {
			b.Fatal(err)
		}
	}
}

// leave stores a session of each account from one number up to another, and three entries about it.
func leave(tx app.Tx, from, to int) error {
	for i := from; i < to; i++ {
		id := int64(i + 2) // behind the Owner's
		err := tx.InsertSession(app.Session{
			ID: fmt.Sprintf("%022d", i), UserID: id, CreatedAt: tx.Now().Add(-time.Duration(i) * time.Second), LastSeenAt: tx.Now(),
			ExpiresAt: tx.Now().Add(time.Hour), IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
		}, app.DigestOf(fmt.Sprint("session ", i)))
		if err != nil {
			return err
		}
		for range 3 {
			entry, err := tx.LastAudit()
			if err != nil {
				return err
			}
			entry.ID++
			entry.At, entry.Action, entry.TargetID = tx.Now(), "session.created", id
			if err := tx.InsertAudit(entry); err != nil {
				return err
			}
		}
	}
	return nil
}
