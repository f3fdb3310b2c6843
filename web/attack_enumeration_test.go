package web

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// seenBy is all that a request tells whoever sent it, with what the work behind it costs in place of the time it takes.
type seenBy struct {
	status       int
	header       http.Header
	body         string
	hashes       int
	transactions int
}

// watch sends a request to a site whose background work stands still, and tells what can be seen of it.
func (s *site) watch(send func() reply) seenBy {
	s.T.Helper()
	hashed, made := s.Counts().Hashed, s.Transactions()
	r := send()
	header := r.header.Clone()
	for _, name := range []string{"Date", "X-Request-Id"} {
		header.Del(name)
	}
	return seenBy{r.status, header, strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "ID"), s.Counts().Hashed - hashed, s.Transactions() - made}
}

// alike checks that nothing that differs between the requests can be seen.
func alike(t *testing.T, what string, seen map[string]seenBy) {
	t.Helper()
	var names []string
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names[1:] {
		if !reflect.DeepEqual(seen[name], seen[names[0]]) {
			t.Errorf("%s tells %s from %s:\n%+v\n%+v", what, name, names[0], seen[name], seen[names[0]])
		}
	}
}

// peopled is a site with an account of every sort, and background work that stands still.
func peopled(t *testing.T, options ...apptest.Option) (s *site, owner *apptest.Persona) {
	t.Helper()
	w := apptest.Paused(t, options...)
	s = newSite(t, w)
	owner = s.ownSite("ada@example.org")
	for i, email := range []string{"member@example.org", "pending@example.org", "inactive@example.org"} {
		s.register(email, apptest.Password.Reveal(), apptest.Browser(byte(20+i))).isIn(201, 202)
		if email != "pending@example.org" {
			must(w.ConfirmUser(t.Context(), app.System(), s.stored(email).ID))
		}
	}
	must(w.SetUserStatus(t.Context(), app.System(), s.stored("inactive@example.org").ID, false))
	must(w.CreateUser(t.Context(), app.System(), app.NewUserInput{Email: "invited@example.org"}))
	return s, owner
}

// everySort are addresses of accounts of each sort, and one that has none.
var everySort = []string{"member@example.org", "pending@example.org", "inactive@example.org", "invited@example.org", "nobody@example.org"}

func concealing(p *app.Policy) { p.ConcealAccounts = true }

func eachVisibility(t *testing.T, story func(t *testing.T, concealed bool, options ...apptest.Option)) {
	t.Parallel()
	t.Run("open", func(t *testing.T) { t.Parallel(); story(t, false) })
	t.Run("concealed", func(t *testing.T) { t.Parallel(); story(t, true, apptest.WithPolicy(concealing)) })
}

func TestALoginTellsNobodyWhichAddressesHaveAccounts(t *testing.T) {
	eachVisibility(t, func(t *testing.T, concealed bool, options ...apptest.Option) {
		s, _ := peopled(t, append(options, apptest.WithoutLimits())...)
		for _, password := range []string{"a wrong password", strings.Repeat("x", 73), "", "nul\x00", "correct horse battery" + strings.Repeat("x", 60)} {
			api, page := map[string]seenBy{}, map[string]seenBy{}
			for _, email := range everySort {
				api[email] = s.watch(func() reply {
					return s.do("POST", "/api/v1/sessions", jsonText(fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)))
				})
				page[email] = s.watch(func() reply { return s.post("/login", "email", email, "password", password) }).without(email)
			}
			alike(t, "a login", api)
			alike(t, "the page to sign in", page)
			if first := api["nobody@example.org"]; first.status != 401 || first.hashes != 1 || first.transactions != 1 {
				t.Errorf("a login with %q is %+v", password, first)
			}
		}
		names := map[string]seenBy{}
		for _, name := range []string{"member", "inactive", "invited", "nobody"} {
			names[name] = s.watch(func() reply {
				return s.do("POST", api+"/sessions", fmt.Sprintf(`{"username":%q,"password":"a wrong password"}`, name))
			})
		}
		alike(t, "a login by username", names)
		if !concealed {
			return
		}
		right := map[string]seenBy{}
		for _, email := range []string{"pending@example.org", "nobody@example.org"} { // whoever registered an address knows its password
			right[email] = s.watch(func() reply { return s.logIn(email, apptest.Password.Reveal(), apptest.Browser(9)) })
		}
		alike(t, "a login with the right password", right)
	})
}

func TestAskingForAMailTellsNobodyWhichAddressesHaveAccounts(t *testing.T) {
	eachVisibility(t, func(t *testing.T, _ bool, options ...apptest.Option) {
		s, _ := peopled(t, append(options, apptest.WithoutLimits())...)
		for _, path := range []string{"/password-resets", "/confirmations"} {
			seen := map[string]seenBy{}
			for _, email := range everySort {
				seen[email] = s.watch(func() reply { return s.do("POST", api+path, fmt.Sprintf(`{"email":%q}`, email)) })
			}
			alike(t, path, seen)
			if first := seen["nobody@example.org"]; first.status != 202 || first.body != "" || first.hashes != 0 || first.transactions != 1 {
				t.Errorf("%s is %+v", path, first)
			}
		}
		for _, path := range []string{"/reset-password", "/confirm"} {
			seen := map[string]seenBy{}
			for _, email := range everySort {
				seen[email] = s.watch(func() reply { return s.post(path, "email", email) })
			}
			alike(t, path, seen)
		}
	})
}

func TestAConcealedRegistrationTellsNobodyWhichAddressesHaveAccounts(t *testing.T) {
	t.Parallel()
	s, _ := peopled(t, apptest.WithoutLimits(), apptest.WithPolicy(concealing))
	api, page := map[string]seenBy{}, map[string]seenBy{}
	for _, email := range append(everySort, "second@example.org", "MEMBER@example.org") {
		api[email] = s.watch(func() reply { return s.register(email, "a horse of somebody", apptest.Browser(9)) })
		page[email] = s.watch(func() reply { return s.post("/register", "email", "p."+email, "password", "a horse of somebody") })
	}
	alike(t, "registering", api)
	alike(t, "the page to register", page)
	if first := api["nobody@example.org"]; first.status != 202 || first.body != "" || first.hashes != 1 || first.transactions != 1 {
		t.Errorf("registering is %+v", first)
	}
	refused := map[string]seenBy{}
	for _, email := range []string{"member@example.org", "third@example.org"} {
		refused[email] = s.watch(func() reply { return s.register(email, "short", apptest.Browser(9)) })
	}
	alike(t, "a registration that is refused", refused)
	checked := map[string]seenBy{}
	for _, email := range []string{"member@example.org", "third@example.org"} {
		checked[email] = s.watch(func() reply {
			return s.do("POST", "/api/v1/registrations/validate", fmt.Sprintf(`{"email":%q,"password":"a horse of somebody"}`, email))
		})
	}
	alike(t, "checking a registration", checked)
}

// TestAConcealedAddressChangeTellsNobodyWhichAddressesHaveAccounts: neither by its answer, nor by the mails that the one
// who asks gets, nor by anything that their own account shows of it afterwards.
func TestAConcealedAddressChangeTellsNobodyWhichAddressesHaveAccounts(t *testing.T) {
	t.Parallel()
	ask := func(email string) (seen map[string]seenBy, mails []string, kept string) {
		s, _ := peopled(t, apptest.WithoutLimits(), apptest.WithPolicy(concealing))
		stop := s.Start(t)
		s.settled()
		stop() // what is counted next is the request's own work
		p := s.SignIn("member@example.org", apptest.Browser(5))
		body := fmt.Sprintf(`{"email":%q,"current_password":%q}`, email, apptest.Password.Reveal())
		seen = map[string]seenBy{
			"the change": s.watch(func() reply { return s.do("POST", api+"/me/email", body, as(p)) }),
			"the check":  s.watch(func() reply { return s.do("POST", api+"/me/email?check=true", body, as(p)) }),
		}
		stop = s.Start(t)
		mails = s.mails("member@example.org") // waits for all of them
		stop()
		export := s.do("GET", api+"/me/export", nil, as(p)).is(200)
		for _, part := range []string{"pending_links", "mails"} {
			kept += fmt.Sprintln(part, len(export.at(part).([]any)), strings.Contains(fmt.Sprint(export.at(part)), email))
		}
		return seen, mails, kept
	}
	free, freeMails, freeKept := ask("nobody@example.org")
	for _, taken := range []string{"ada@example.org", "pending@example.org", "invited@example.org"} {
		seen, mails, kept := ask(taken)
		for what := range free {
			alike(t, what, map[string]seenBy{"a free address": free[what], taken: seen[what]})
		}
		if !slices.Equal(mails, freeMails) {
			t.Errorf("who asks for %s gets %v, and %v for a free address", taken, mails, freeMails)
		}
		if kept != freeKept {
			t.Errorf("the export tells %s from a free address:\n%s\n%s", taken, kept, freeKept)
		}
	}
	if change := free["the change"]; change.status != 202 || change.body != "" || change.hashes != 1 || change.transactions != 1 {
		t.Errorf("a change is %+v", change)
	}
}

// TestNoLimitTellsWhichAddressesHaveAccounts: how often one may try, and when one may again, is the same for all.
func TestNoLimitTellsWhichAddressesHaveAccounts(t *testing.T) {
	eachVisibility(t, func(t *testing.T, concealed bool, options ...apptest.Option) {
		for what, send := range map[string]func(s *site, email string, n int) reply{
			"login":        func(s *site, email string, n int) reply { return s.logIn(email, "a guess", apptest.Browser(byte(n))) },
			"reset":        func(s *site, email string, n int) reply { return s.ask("/password-resets", email, n) },
			"confirmation": func(s *site, email string, n int) reply { return s.ask("/confirmations", email, n) },
			"registration": func(s *site, email string, n int) reply {
				return s.register(email, "a horse of somebody", apptest.Browser(byte(n)))
			},
		} {
			s, _ := peopled(t, options...)
			s.Clock.Advance(2 * 60 * 60 * 1e9) // what the people of the site tried is forgotten
			seen := map[string]seenBy{}
			for _, email := range everySort {
				if what == "registration" && !concealed && email != "member@example.org" {
					continue // that it is taken is told; TestRegistrationIsLimited holds that it counts
				}
				for n := range 5 {
					send(s, email, 100+n)
				}
				seen[email] = s.watch(func() reply { return send(s, email, 200) })
			}
			alike(t, "the limit of a "+what, seen)
			if last := seen["member@example.org"]; last.status != 429 || last.hashes != 0 || last.transactions != 0 {
				t.Errorf("the sixth %s is %+v", what, last)
			}
		}
	})
}

// TestALimitDoesNotJoinANameToAnAddress: where accounts are concealed, whoever used up the guesses at an address must not
// learn from the username that is made of it, nor the other way round, that the two are one account.
func TestALimitDoesNotJoinANameToAnAddress(t *testing.T) {
	t.Parallel()
	guess := func(s *site, login string, n int) reply { return s.logIn(login, "a guess", apptest.Browser(byte(n))) }
	for _, order := range [][2]string{{"%s@example.org", "%s"}, {"%s", "%s@example.org"}} {
		s, _ := peopled(t, apptest.WithPolicy(concealing))
		s.Clock.Advance(2 * 60 * 60 * 1e9)
		seen := map[string]seenBy{}
		for _, name := range []string{"member", "nobody"} {
			for n := range 5 {
				guess(s, fmt.Sprintf(order[0], name), 100+n).refused(401, app.CodeInvalidCredentials)
			}
			guess(s, fmt.Sprintf(order[0], name), 105).refused(429, app.CodeRateLimitExceeded)
			seen[name] = s.watch(func() reply { return guess(s, fmt.Sprintf(order[1], name), 106) })
		}
		alike(t, "a guess by the other name", seen)
		// And it was none: together no more than five were compared, the right password among those that were not.
		s.logIn(fmt.Sprintf(order[1], "member"), apptest.Password.Reveal(), apptest.Browser(107)).refused(401, app.CodeInvalidCredentials)
		s.Clock.Advance(60 * 1e9)
		s.logIn(fmt.Sprintf(order[1], "member"), apptest.Password.Reveal(), apptest.Browser(107)).is(201)
	}
}

// ask asks for a mail to an address.
func (s *site) ask(path, email string, n int) reply {
	s.T.Helper()
	return s.do("POST", api+path, fmt.Sprintf(`{"email":%q}`, email), from(apptest.Browser(byte(n))))
}

// post sends a form of this site's own.
func (s *site) post(path string, fields ...string) reply {
	s.T.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return s.do("POST", path, []byte(values.Encode()), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", ownOrigin))
}

// without takes what somebody typed from what they see.
func (seen seenBy) without(typed string) seenBy {
	seen.body = strings.ReplaceAll(seen.body, typed, "TYPED")
	seen.header.Del("Content-Length")
	return seen
}
