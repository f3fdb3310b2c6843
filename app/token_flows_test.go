package app_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

const week = 7 * 24 * time.Hour

// link is one kind of mailed token in a world where eve@example.org is a member: how it is asked for, and how it is used.
type link struct {
	life time.Duration
	mail app.MailKind
	to   string
	ask  func(t testing.TB, w *apptest.World, p *apptest.Persona) error
	use  func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error
	look func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error
}

const eveNew = "eve.new@example.org"

var links = map[string]link{
	"confirmation": {
		life: week, mail: app.MailConfirmation, to: eve,
		ask: func(t testing.TB, w *apptest.World, p *apptest.Persona) error {
			return w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve)
		},
		use: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), token)
			return err
		},
		look: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, err := w.FindConfirmation(t.Context(), token)
			return err
		},
	},
	"denial": {
		life: week, mail: app.MailConfirmation, to: eve,
		ask: func(t testing.TB, w *apptest.World, p *apptest.Persona) error {
			return w.RequestOwnConfirmation(t.Context(), p.Actor())
		},
		use: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			return w.DenyConfirmation(t.Context(), apptest.Stranger(9), token)
		},
		look: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, err := w.FindConfirmation(t.Context(), token)
			return err
		},
	},
	"password reset": {
		life: time.Hour, mail: app.MailPasswordReset, to: eve,
		ask: func(t testing.TB, w *apptest.World, p *apptest.Persona) error {
			return w.RequestPasswordReset(t.Context(), apptest.Stranger(9), " EVE@example.org")
		},
		use: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			return resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"})
		},
		look: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, err := w.FindPasswordReset(t.Context(), token)
			return err
		},
	},
	"e-mail change": {
		life: week, mail: app.MailEmailChange, to: eveNew,
		ask: func(t testing.TB, w *apptest.World, p *apptest.Persona) error {
			return w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eveNew, Current: apptest.Password})
		},
		use: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, err := w.ChangeEmail(t.Context(), p.Actor(), token)
			return err
		},
		look: func(t testing.TB, w *apptest.World, p *apptest.Persona, token app.Secret) error {
			_, err := w.FindEmailChange(t.Context(), p.Actor(), token)
			return err
		},
	},
}

// eachLink runs a story for every kind of link in a world of its own, with eve unconfirmed and two of the links mailed.
func eachLink(t *testing.T, story func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, other app.Secret)) {
	t.Parallel()
	for name, l := range links {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.New(t, apptest.WithoutLimits())
			w.Owner(ada)
			p := w.Newcomer(eve)
			w.Mail(app.MailConfirmation, eve)
			must(t, l.ask(t, w, p))
			token := w.Mail(l.mail, l.to).Token
			must(t, l.ask(t, w, p))
			story(t, w, p, l, token, w.Mail(l.mail, l.to).Token)
		})
	}
}

func TestALinkIsUsedOnce(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, other app.Secret) {
		must(t, l.look(t, w, p, token)) // a scanner that fetches the link changes nothing
		must(t, l.look(t, w, p, token))
		by := p.Actor()
		good, refused := count(t, together(20, func(int) error {
			if l.mail == app.MailEmailChange { // the actor as of before: none of twenty may see another's change
				_, err := w.ChangeEmail(t.Context(), by, token)
				return err
			}
			return l.use(t, w, p, token)
		}), app.CodeInvalidToken)
		if good != 1 || refused != 19 {
			t.Errorf("%d of twenty uses worked", good)
		}
	})
}

func TestALinkEndsByTheClock(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		w.Clock.Advance(l.life - time.Microsecond)
		must(t, l.look(t, w, p, token))
		w.Clock.Advance(time.Microsecond)
		wantCode(t, l.look(t, w, p, token), app.CodeInvalidToken)
		wantCode(t, l.use(t, w, p, token), app.CodeInvalidToken)
	})
}

func TestALinkWorksToItsLastMoment(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		w.Clock.Advance(l.life - time.Microsecond)
		must(t, l.use(t, w, p, token))
	})
}

func TestALinkServesItsOwnPurposeOnly(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		for _, other := range links {
			if other.mail == l.mail {
				continue
			}
			wantCode(t, other.look(t, w, p, token), app.CodeInvalidToken)
			wantCode(t, other.use(t, w, p, token), app.CodeInvalidToken)
		}
		for _, wrong := range []app.Secret{"", "unknown", token + "x", token[:42]} {
			wantCode(t, l.look(t, w, p, wrong), app.CodeInvalidToken)
			wantCode(t, l.use(t, w, p, wrong), app.CodeInvalidToken)
		}
		must(t, l.use(t, w, p, token))
	})
}

func TestAPasswordChangeEndsEveryLink(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, other app.Secret) {
		grant, err := w.ChangePassword(t.Context(), p.Actor(), app.PasswordInput{Current: apptest.Password, Password: "another horse"})
		must(t, err)
		fresh := *p
		fresh.Token = grant.Token
		for _, secret := range []app.Secret{token, other} {
			wantCode(t, l.look(t, w, &fresh, secret), app.CodeInvalidToken)
			wantCode(t, l.use(t, w, &fresh, secret), app.CodeInvalidToken)
		}
	})
}

func TestAnEmailChangeEndsEveryLink(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, other app.Secret) {
		must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: "third@example.org", Current: apptest.Password}))
		_, err := w.ChangeEmail(t.Context(), p.Actor(), w.Mail(app.MailEmailChange, "third@example.org").Token)
		must(t, err)
		for _, secret := range []app.Secret{token, other} {
			wantCode(t, l.look(t, w, p, secret), app.CodeInvalidToken)
			wantCode(t, l.use(t, w, p, secret), app.CodeInvalidToken)
		}
	})
}

func TestALinkIsBoundToTheAddressItWasSentTo(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		if l.mail == app.MailEmailChange {
			t.Skip("it is sent to the new address")
		}
		p.Actor()
		change(t, w, eve, func(_ app.Tx, u *app.User) error { u.Email, u.EmailKey = eveNew, eveNew; return nil })
		wantCode(t, l.look(t, w, p, token), app.CodeInvalidToken)
		wantCode(t, l.use(t, w, p, token), app.CodeInvalidToken)
	})
}

func TestADeletedAccountHasNoLinks(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		by := p.Actor()
		must(t, w.DeleteOwnAccount(t.Context(), by, apptest.Password))
		if l.mail == app.MailEmailChange {
			_, err := w.ChangeEmail(t.Context(), by, token)
			wantCode(t, err, app.CodeUnauthenticated) // it needs a session of the account, which went with it
			return
		}
		wantCode(t, l.look(t, w, p, token), app.CodeInvalidToken)
		wantCode(t, l.use(t, w, p, token), app.CodeInvalidToken)
	})
}

func TestAskingAgainKillsNoLink(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, other app.Secret) {
		must(t, l.look(t, w, p, token))
		must(t, l.look(t, w, p, other))
	})
}

func TestExpiredLinksArePurged(t *testing.T) {
	eachLink(t, func(t *testing.T, w *apptest.World, p *apptest.Persona, l link, token, _ app.Secret) {
		w.Clock.Advance(l.life - time.Microsecond)
		must(t, w.Purge(t.Context()))
		must(t, l.look(t, w, p, token))
		w.Clock.Advance(time.Microsecond)
		must(t, w.Purge(t.Context()))
		must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
			for _, purpose := range []app.TokenPurpose{app.TokenConfirmation, app.TokenEmailChange, app.TokenPasswordReset} {
				if _, err := tx.FindToken(purpose, app.DigestOf(token.Reveal())); err == nil {
					t.Errorf("a %s link is still stored", purpose)
				}
			}
			return nil
		}))
	})
}

func TestConfirmingTellsWhenAndFromWhereTheAccountWasMade(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Newcomer(eve)
	made := w.Clock.Now()
	token := w.Mail(app.MailConfirmation, eve).Token
	w.Clock.Advance(time.Hour)
	pending, err := w.FindConfirmation(t.Context(), token)
	must(t, err)
	want := app.PendingConfirmation{
		Email: "e•••@example.org", RegisteredAt: made, Device: "Firefox on Linux", IP: apptest.Browser(2).IP.String(), Deniable: true,
	}
	if pending != want {
		t.Errorf("the page tells %+v, want %+v", pending, want)
	}
	wrote(t, w, func() {
		user, told, err := w.Confirm(t.Context(), apptest.Stranger(9), token)
		must(t, err)
		if told.RegisteredAt != made || told.Device != want.Device || !user.ConfirmedAt.Equal(w.Clock.Now()) {
			t.Errorf("the answer tells %+v, the account was confirmed at %v", told, user.ConfirmedAt)
		}
	}, "user.confirmed")
}

func TestConfirmingTellsTheDeviceAlsoWhereTheAddressIsNotKnown(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	client := apptest.Browser(2)
	client.IP = netip.Addr{} // the peer is a socket
	_, err := w.Register(t.Context(), app.Stranger(client), app.RegistrationInput{Email: eve, Password: apptest.Password})
	must(t, err)
	pending, err := w.FindConfirmation(t.Context(), w.Mail(app.MailConfirmation, eve).Token)
	must(t, err)
	if pending.Device != "Firefox on Linux" || pending.IP != "" {
		t.Errorf("the page tells %+v", pending)
	}
}

func TestConfirmingEndsTheOtherConfirmationLinks(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Newcomer(eve)
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve))
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	first, second, reset := w.Mail(app.MailConfirmation, eve).Token, w.Mail(app.MailConfirmation, eve).Token, w.Mail(app.MailPasswordReset, eve).Token
	_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), second)
	must(t, err)
	_, _, err = w.Confirm(t.Context(), apptest.Stranger(9), first)
	wantCode(t, err, app.CodeInvalidToken)
	wantCode(t, w.DenyConfirmation(t.Context(), apptest.Stranger(9), first), app.CodeInvalidToken)
	_, err = w.FindPasswordReset(t.Context(), reset)
	must(t, err)
}

func TestDenyingDeletesTheUnconfirmedAccount(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	p.Actor()
	token := w.Mail(app.MailConfirmation, eve).Token
	wrote(t, w, func() { must(t, w.DenyConfirmation(t.Context(), apptest.Stranger(9), token)) }, "user.deleted")
	if _, there := find(t, w, eve); there {
		t.Error("the account is still there")
	}
	over(t, p)
}

func TestDenyingDeletesNobodyWhoManagesOthersAndNobodyConfirmed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	for email, prepare := range map[string]func(app.Tx, *app.User) error{
		"admin@example.org": func(tx app.Tx, u *app.User) error {
			role, err := tx.FindRole(app.RoleAdmin)
			if err != nil {
				return err
			}
			_, err = tx.AssignRole(u.ID, role.ID)
			return err
		},
		"owner@example.org":     makeOwner,
		"confirmed@example.org": func(tx app.Tx, u *app.User) error { u.ConfirmedAt = tx.Now(); return nil },
	} {
		w.Newcomer(email)
		token := w.Mail(app.MailConfirmation, email).Token
		change(t, w, email, prepare)
		pending, err := w.FindConfirmation(t.Context(), token)
		if must(t, err); pending.Deniable {
			t.Errorf("%s: the page offers to deny", email)
		}
		wantCode(t, w.DenyConfirmation(t.Context(), apptest.Stranger(9), token), app.CodeForbidden)
		if _, there := find(t, w, email); !there {
			t.Errorf("%s was deleted", email)
		}
		_, err = w.FindConfirmation(t.Context(), token) // the refusal used nothing up
		must(t, err)
	}
}

func TestWhoIsConfirmedAsksForNoConfirmation(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	wantCode(t, w.RequestOwnConfirmation(t.Context(), p.Actor()), app.CodeAlreadyConfirmed)
	wantCode(t, w.RequestOwnConfirmation(t.Context(), apptest.Stranger(1)), app.CodeUnauthenticated)
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(1), ada))
	if n := queued(t, w, app.MailConfirmation); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestAskingForAMailCostsAndAnswersTheSameWhateverTheAddress(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Newcomer(eve)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	for name, ask := range map[string]func(email string) error{
		"confirmation": func(email string) error { return w.RequestConfirmation(t.Context(), apptest.Stranger(9), email) },
		"reset":        func(email string) error { return w.RequestPasswordReset(t.Context(), apptest.Stranger(9), email) },
	} {
		for _, email := range []string{ada, eve, "nobody@example.org"} {
			var err error
			if n := w.Updates(func() { err = ask(email) }); n != 1 || err != nil {
				t.Errorf("%s for %s: %d commits, %v", name, email, n, err)
			}
		}
		wantFields(t, ask("nobody"), "email invalid_format")
		wantFields(t, ask(""), "email required")
	}
	for _, j := range jobs(t, w, app.JobMail) {
		if j.UserID == 0 {
			t.Error("a mail belongs to nobody")
		}
	}
	if n := queued(t, w, app.MailPasswordReset); n != 2 {
		t.Errorf("%d resets were mailed, want ada's and eve's", n)
	}
}

func TestMailLimitsArePerAddressAndPerIP(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	confirm := func(email string, n byte) error {
		return w.RequestConfirmation(t.Context(), apptest.Stranger(n), email)
	}
	reset := func(email string, n byte) error {
		return w.RequestPasswordReset(t.Context(), apptest.Stranger(n), email)
	}
	for _, email := range []string{ada, "nobody@example.org"} { // whatever the address
		for range 3 {
			must(t, confirm(email, 10))
			must(t, reset(" "+email, 10))
		}
		wantCode(t, confirm(email, 11), app.CodeRateLimitExceeded)
		wantCode(t, reset(email, 11), app.CodeRateLimitExceeded)
	}
	for i := range 18 { // 30 from one IP, both together
		must(t, confirm("u"+string(rune('a'+i))+"@example.org", 10))
	}
	wantCode(t, reset("last@example.org", 10), app.CodeRateLimitExceeded)
	must(t, reset("last@example.org", 12))
	w.Clock.Advance(5 * time.Minute)
	must(t, confirm(ada, 10))
	must(t, reset(ada, 10))
}

func TestAnOwnConfirmationCountsWithTheOnesOthersAskFor(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	must(t, w.RequestOwnConfirmation(t.Context(), p.Actor()))
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve))
	must(t, w.RequestOwnConfirmation(t.Context(), p.Actor()))
	wantCode(t, w.RequestOwnConfirmation(t.Context(), p.Actor()), app.CodeRateLimitExceeded)
}

func TestAResetConfirmsEndsSessionsAndTells(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	p.Actor()
	wrote(t, w, func() { must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve)) }, "password.reset_requested")
	token := w.Mail(app.MailPasswordReset, eve).Token
	pending, err := w.FindPasswordReset(t.Context(), token)
	if must(t, err); pending.MaskedEmail != "e•••@example.org" {
		t.Errorf("the page tells %q", pending.MaskedEmail)
	}
	no := app.Secret("something else")
	for want, in := range map[string]app.PasswordInput{
		"password too_short":                   {Password: "short"},
		"password required":                    {},
		"password must_differ":                 {Password: "EVE@example.org"},
		"password_confirmation does_not_match": {Password: "a horse by reset", Confirmation: &no},
	} {
		wantFields(t, resetPassword(t, w, apptest.Stranger(9), token, in), want)
	}
	wantFields(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: apptest.Password}), "password must_differ")
	p.Actor() // what was refused changed nothing
	wrote(t, w, func() {
		must(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"}))
	}, "password.reset", "session.deleted", "user.confirmed")
	over(t, p)
	if u, _ := find(t, w, eve); !u.IsConfirmed() {
		t.Error("the address isn't confirmed")
	}
	w.Mail(app.MailPasswordChanged, eve)
	_, err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, w, eve, "a horse by reset", apptest.Browser(9))
	must(t, err)
}

func TestAResetOfAConfirmedAccountKeepsWhenItWasConfirmed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	confirmed := p.User().ConfirmedAt
	w.Clock.Advance(time.Hour)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), ada))
	wrote(t, w, func() {
		must(t, resetPassword(t, w, apptest.Stranger(9), w.Mail(app.MailPasswordReset, ada).Token, app.PasswordInput{Password: "a horse by reset"}))
	}, "password.reset", "session.deleted")
	if u, _ := find(t, w, ada); !u.ConfirmedAt.Equal(confirmed) {
		t.Errorf("confirmed at %v, was %v", u.ConfirmedAt, confirmed)
	}
}

func TestOnesOwnPasswordChangeGoesOnWithAFreshSessionOnly(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	other := w.SignIn(ada, apptest.Browser(5))
	other.Actor()
	var grant app.Grant
	wrote(t, w, func() {
		var err error
		grant, err = w.ChangePassword(t.Context(), p.Actor(), app.PasswordInput{Current: apptest.Password, Password: "another horse"})
		must(t, err)
	}, "password.changed", "session.deleted", "session.created")
	over(t, p)
	over(t, other)
	p.Token = grant.Token
	list, err := w.ListSessions(t.Context(), p.Actor())
	if must(t, err); len(list) != 1 || list[0].ID != grant.Session.ID {
		t.Errorf("sessions: %+v", list)
	}
	if m := w.Mail(app.MailPasswordChanged, ada); m.Name != "ada" || m.Device != "Firefox on Linux" || m.Token != "" {
		t.Errorf("the notice is %+v", m)
	}
	_, err = signIn(t, w, ada, apptest.Password, apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, w, ada, "another horse", apptest.Browser(9))
	must(t, err)
}

func TestWhatAPasswordChangeRefuses(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	no := app.Secret("no")
	for _, c := range []struct {
		in   app.PasswordInput
		want []string
	}{
		{app.PasswordInput{Current: "wrong", Password: "another horse"}, []string{"current_password not_valid"}},
		{app.PasswordInput{Current: "", Password: "another horse"}, []string{"current_password not_valid"}},
		{app.PasswordInput{Current: apptest.Password + "\x00", Password: "another horse"}, []string{"current_password not_valid"}},
		{app.PasswordInput{Current: apptest.Password, Password: apptest.Password}, []string{"password must_differ"}},
		{app.PasswordInput{Current: apptest.Password, Password: "short", Confirmation: &no}, []string{"password too_short", "password_confirmation does_not_match"}},
		{app.PasswordInput{Current: apptest.Password, Password: "ada@EXAMPLE.org"}, []string{"password must_differ"}},
		{app.PasswordInput{Current: apptest.Password, Password: "12345678"}, []string{"password too_common"}},
	} {
		_, err := w.ChangePassword(t.Context(), p.Actor(), c.in)
		wantFields(t, err, c.want...)
	}
	_, err := w.ChangePassword(t.Context(), apptest.Stranger(1), app.PasswordInput{Current: apptest.Password, Password: "another horse"})
	wantCode(t, err, app.CodeUnauthenticated)
	must(t, w.CheckPasswordChange(p.Actor(), app.PasswordInput{Password: "another horse"})) // without looking at the current one
	must(t, w.CheckPasswordChange(p.Actor(), app.PasswordInput{Password: apptest.Password}))
	wantFields(t, w.CheckPasswordChange(p.Actor(), app.PasswordInput{Password: "short"}), "password too_short")
}

func TestTheCurrentPasswordIsAskedTenTimesAMinute(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	by := p.Actor()
	ask := []func() error{
		func() error {
			_, err := w.ChangePassword(t.Context(), by, app.PasswordInput{Current: "wrong", Password: "another horse"})
			return err
		},
		func() error { return w.DeleteOwnAccount(t.Context(), by, "wrong") },
	}
	for i := range 10 {
		wantFields(t, ask[i%2](), "current_password not_valid")
	}
	wantCode(t, ask[0](), app.CodeRateLimitExceeded)
	wantCode(t, w.DeleteOwnAccount(t.Context(), by, apptest.Password), app.CodeRateLimitExceeded)
	wantCode(t, w.RequestEmailChange(t.Context(), by, app.EmailInput{Email: eve, Current: apptest.Password}), app.CodeRateLimitExceeded)
	w.Clock.Advance(time.Minute)
	must(t, changePassword(t, w, p, "another horse"))
}

func TestOfTwentyPasswordChangesAtOnceOneWorks(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	by := p.Actor()
	good := 0
	for _, err := range together(20, func(i int) error {
		_, err := w.ChangePassword(t.Context(), by, app.PasswordInput{Current: apptest.Password, Password: app.Secret("another horse " + string(rune('a'+i)))})
		return err
	}) {
		if err == nil {
			good++
			continue
		}
		wantFields(t, err, "current_password not_valid")
	}
	if good != 1 {
		t.Errorf("%d changes worked", good)
	}
}

func TestChangingTheAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Member(eve)
	confirmed := p.User().ConfirmedAt
	wrote(t, w, func() {
		must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: " Eve.New@example.org ", Current: apptest.Password}))
	}, "email.change_requested")
	link, notice := w.Mail(app.MailEmailChange, eveNew), w.Mail(app.MailEmailChanging, eve)
	if link.Name != "" || link.Token == "" || link.To != "Eve.New@example.org" {
		t.Errorf("the link's mail is %+v", link)
	}
	if notice.Token != "" || notice.NewEmail != "Eve.New@example.org" || notice.Name != "eve" {
		t.Errorf("the notice is %+v", notice)
	}
	if p.User().Email != eve {
		t.Error("asking changed the address")
	}
	stranger := w.SignIn(ada, apptest.Browser(1))
	_, err := w.ChangeEmail(t.Context(), stranger.Actor(), link.Token)
	wantCode(t, err, app.CodeInvalidToken)
	_, err = w.FindEmailChange(t.Context(), stranger.Actor(), link.Token)
	wantCode(t, err, app.CodeInvalidToken)
	_, err = w.ChangeEmail(t.Context(), apptest.Stranger(9), link.Token)
	wantCode(t, err, app.CodeUnauthenticated)

	pending, err := w.FindEmailChange(t.Context(), p.Actor(), link.Token)
	if must(t, err); pending.OldEmail != eve || pending.NewEmail != "Eve.New@example.org" {
		t.Errorf("the page tells %+v", pending)
	}
	w.Clock.Advance(time.Minute)
	wrote(t, w, func() {
		user, err := w.ChangeEmail(t.Context(), p.Actor(), link.Token)
		must(t, err)
		if user.Email != "Eve.New@example.org" || user.EmailKey != eveNew || !user.ConfirmedAt.After(confirmed) {
			t.Errorf("changed to %q, confirmed at %v", user.Email, user.ConfirmedAt)
		}
	}, "email.changed")
	if m := w.Mail(app.MailEmailChanged, eve); m.NewEmail != "Eve.New@example.org" {
		t.Errorf("the notice is %+v", m)
	}
	if got := p.User().Email; got != "Eve.New@example.org" {
		t.Errorf("the session still says %s", got)
	}
	_, err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, w, eveNew, apptest.Password, apptest.Browser(9))
	must(t, err)
}

func TestAddressesThatAChangeRefuses(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	w.Newcomer(eve)
	before := len(jobs(t, w, app.JobMail))
	ask := func(email string, current app.Secret) error {
		return w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: email, Current: current})
	}
	wantFields(t, ask("nobody", apptest.Password), "email invalid_format")
	wantFields(t, ask("", apptest.Password), "email required")
	wantFields(t, ask(" "+ada, apptest.Password), "email did_not_change")
	wantFields(t, ask("EVE@example.org", apptest.Password), "email taken")
	wantFields(t, ask("EVE@example.org", "wrong"), "current_password not_valid") // and nothing about the address
	wantFields(t, ask("free@example.org", ""), "current_password not_valid")
	must(t, w.CheckEmailChange(p.Actor(), app.EmailInput{Email: eve}))
	wantFields(t, w.CheckEmailChange(p.Actor(), app.EmailInput{Email: "nobody"}), "email invalid_format")
	if n := len(jobs(t, w, app.JobMail)) - before; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	must(t, ask("ADA@example.org", apptest.Password)) // letter case alone is allowed
	_, err := w.ChangeEmail(t.Context(), p.Actor(), w.Mail(app.MailEmailChange, "ADA@example.org").Token)
	must(t, err)
	if got := p.User().Email; got != "ADA@example.org" {
		t.Errorf("the address is %s", got)
	}
}

func TestAnAddressTakenMeanwhileIsRefusedAndTheLinkStays(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eve, Current: apptest.Password}))
	token := w.Mail(app.MailEmailChange, eve).Token
	thief := w.Newcomer(eve)
	_, err := w.ChangeEmail(t.Context(), p.Actor(), token)
	wantFields(t, err, "email taken")
	must(t, w.DeleteOwnAccount(t.Context(), thief.Actor(), apptest.Password))
	_, err = w.ChangeEmail(t.Context(), p.Actor(), token)
	must(t, err)
}

func TestTwoAccountsCannotMoveToOneAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	a, b := w.Owner(ada), w.Newcomer(eve)
	var tokens []app.Secret
	for _, p := range []*apptest.Persona{a, b} {
		must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eveNew, Current: apptest.Password}))
		tokens = append(tokens, w.Mail(app.MailEmailChange, eveNew).Token)
	}
	by := []app.Actor{a.Actor(), b.Actor()}
	good, _ := count(t, together(2, func(i int) error {
		_, err := w.ChangeEmail(t.Context(), by[i], tokens[i])
		return err
	}), app.CodeValidationFailed)
	if good != 1 {
		t.Errorf("%d moved", good)
	}
}

func TestEmailChangeLimitsArePerAccountAndNewAddress(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	a, b := w.Owner(ada), w.Newcomer(eve)
	ask := func(p *apptest.Persona, email string) error {
		return w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: email, Current: apptest.Password})
	}
	must(t, ask(a, "x@example.org"))
	must(t, ask(a, "X@example.org"))
	must(t, ask(a, "y@example.org"))
	wantCode(t, ask(a, "z@example.org"), app.CodeRateLimitExceeded)
	must(t, ask(b, "x@example.org"))
	wantCode(t, ask(b, "x@example.org"), app.CodeRateLimitExceeded)
	must(t, ask(b, "z@example.org"))
}

func TestAWrongPasswordUsesUpNoEmailChange(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	a := w.Owner(ada)
	for range app.DefaultLimits().Confirmation.N + 1 { // the limit of guesses is wider
		err := w.RequestEmailChange(t.Context(), a.Actor(), app.EmailInput{Email: "x@example.org", Current: "not this one"})
		wantFields(t, err, "current_password not_valid")
	}
	must(t, w.RequestEmailChange(t.Context(), a.Actor(), app.EmailInput{Email: "x@example.org", Current: apptest.Password}))
}

func TestOfTwoOwnersWhoLeaveAtOnceOneStays(t *testing.T) {
	t.Parallel()
	for range 5 {
		w := apptest.Paused(t, apptest.WithoutLimits())
		a, b := w.Owner(ada), w.Newcomer(eve)
		wantCode(t, w.DeleteOwnAccount(t.Context(), a.Actor(), apptest.Password), app.CodeLastOwnerDelete)
		change(t, w, eve, makeOwner)
		by := []app.Actor{a.Actor(), b.Actor()}
		good, refused := count(t, together(2, func(i int) error { return w.DeleteOwnAccount(t.Context(), by[i], apptest.Password) }), app.CodeLastOwnerDelete)
		if good != 1 || refused != 1 || len(holders(t, w, app.RoleOwner)) != 1 {
			t.Errorf("%d left, owners: %v", good, holders(t, w, app.RoleOwner))
		}
	}
}

func TestAnInactiveOwnerIsNoneWhoStays(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	a := w.Owner(ada)
	w.Newcomer(eve)
	change(t, w, eve, func(tx app.Tx, u *app.User) error { u.IsActive = false; return makeOwner(tx, u) })
	wantCode(t, w.DeleteOwnAccount(t.Context(), a.Actor(), apptest.Password), app.CodeLastOwnerDelete)
}

func TestDeletingOnesAccount(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	p := w.Member(eve)
	id := p.User().ID
	by := p.Actor()
	for _, wrong := range []app.Secret{"", "wrong", apptest.Password + "\x00"} {
		wantFields(t, w.DeleteOwnAccount(t.Context(), by, wrong), "current_password not_valid")
	}
	wantCode(t, w.DeleteOwnAccount(t.Context(), apptest.Stranger(1), apptest.Password), app.CodeUnauthenticated)
	wrote(t, w, func() { must(t, w.DeleteOwnAccount(t.Context(), by, apptest.Password)) }, "user.deleted")
	over(t, p)
	if slices.Contains(holders(t, w, app.RoleUser), eve) {
		t.Error("the account is still there")
	}
	if again := w.Newcomer(eve).User(); again.ID <= id || again.Username != "eve_1" {
		t.Errorf("the next account is %d, %s", again.ID, again.Username)
	}
	log := entries(t, w)
	last := log[len(log)-3]
	if last.Action != "user.deleted" || last.TargetID != id || last.Email != eve || last.ActorID != id || last.Actor != "eve" {
		t.Errorf("the entry is %+v", last)
	}
}
