package web

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// BenchmarkPaths does what a server does most, each as one benchmark, for profiles: go run ./bench -profile DIR takes them.
func BenchmarkPaths(b *testing.B) {
	world := apptest.New(b, apptest.WithoutLimits())
	s := newSite(b, world, func(o *Options) {
		o.TrustedProxies = nil
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	})
	owner := world.Owner("ada@example.org")
	address, agent := s.http.Listener.Addr().String(), "\r\nUser-Agent: "+owner.Client.UserAgent
	request := func(token string) string {
		return "GET " + api + "/session HTTP/1.1\r\nHost: x" + agent + "\r\nAuthorization: Bearer " + token + "\r\n\r\n"
	}
	b.Run("check cached", func(b *testing.B) {
		grant, err := world.Login(b.Context(), app.Stranger(app.Client{IP: loopback, UserAgent: owner.Client.UserAgent}), app.LoginInput{Login: owner.Email, Password: apptest.Password})
		if err != nil {
			b.Fatal(err)
		}
		b.RunParallel(func(pb *testing.PB) { ask(b, pb, address, request(grant.Token.Reveal())) })
	})
	b.Run("check uncached", func(b *testing.B) {
		const sessions = 40_000 // twice what is cached: each is forgotten when its turn comes again
		id := owner.User().ID
		err := world.Store.Update(b.Context(), func(tx app.Tx) error {
			for i := range sessions {
				one := app.Session{ID: fmt.Sprintf("s%d", i), UserID: id, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour), IP: loopback, UserAgent: owner.Client.UserAgent}
				if err := tx.InsertSession(one, app.DigestOf(fmt.Sprintf("token-%032d", i))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		buffer := make([]byte, 16<<10)
		b.ResetTimer()
		for i := 0; b.Loop(); i++ {
			if _, err := io.WriteString(conn, request(fmt.Sprintf("token-%032d", i%sessions))); err != nil {
				b.Fatal(err)
			}
			if n, err := conn.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), "HTTP/1.1 200") {
				b.Fatalf("answer %q: %v", buffer[:n], err)
			}
		}
	})
	b.Run("login", func(b *testing.B) {
		body := fmt.Sprintf(`{"email":%q,"password":%q}`, owner.Email, apptest.Password.Reveal())
		for b.Loop() {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, api+"/sessions", strings.NewReader(body))
			r.RemoteAddr = netip.AddrPortFrom(loopback, 1234).String()
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("User-Agent", owner.Client.UserAgent)
			w := httptest.NewRecorder()
			if s.server.ServeHTTP(w, r); w.Code != http.StatusCreated {
				b.Fatalf("a login is answered %d: %s", w.Code, w.Body)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		crowd(b, world, *benchAccounts)
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/admin/users", nil)
		r.RemoteAddr = netip.AddrPortFrom(loopback, 1234).String()
		r.Header.Set("Accept-Encoding", "gzip")
		as(owner)(r)
		sealed, err := s.server.cookies.seal(s.server.cookies.sessionName, owner.Token.Reveal())
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Cookie", s.server.cookies.sessionName+"="+sealed)
		r.Header.Del("Authorization")
		for b.Loop() {
			w := httptest.NewRecorder()
			if s.server.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Fatalf("the page is answered %d", w.Code)
			}
		}
	})
}
