package apptest

import (
	"net/netip"

	"doorward/app"
)

// Persona is one signed-in person: a session and the browser it was made with.
type Persona struct {
	w      *World
	Token  app.Secret
	Email  string
	Client app.Client
	Device app.KnownDevice
}

// Browser is a client at an address of the documentation network (203.0.113.n), with a browser that people know.
func Browser(n byte) app.Client {
	return app.Client{
		IP:        netip.AddrFrom4([4]byte{203, 0, 113, n}),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		Locale:    "en",
	}
}

// Stranger is a browser that nobody signed in with.
func Stranger(n byte) app.Actor { return app.Stranger(Browser(n)) }

// Owner registers the first account by the set-up code and signs it in. It must be a world's first registration.
func (w *World) Owner(email string) *Persona {
	w.T.Helper()
	code, err := w.SetupCode(w.T.Context())
	must(w.T, err)
	return w.register(email, code, Browser(1))
}

// Member registers an account, signs it in and confirms it by its mail. There must have been an Owner.
func (w *World) Member(email string) *Persona {
	w.T.Helper()
	p := w.Newcomer(email)
	m := w.Mail(app.MailConfirmation, email)
	_, _, err := w.Confirm(w.T.Context(), app.Stranger(p.Client), m.Token)
	must(w.T, err)
	return p
}

// Newcomer registers an account and signs it in, unconfirmed.
func (w *World) Newcomer(email string) *Persona {
	w.T.Helper()
	return w.register(email, "", Browser(2))
}

func (w *World) register(email string, code app.Secret, c app.Client) *Persona {
	w.T.Helper()
	result, err := w.Register(w.T.Context(), app.Stranger(c), app.RegistrationInput{
		Email: email, Password: Password, SetupCode: code, SignIn: true,
	})
	must(w.T, err)
	if result.Grant == nil {
		w.T.Fatalf("registering %s opened no session", email)
	}
	return &Persona{w, result.Grant.Token, email, c, result.Grant.Device}
}

// SignIn opens one more session for an account, from another browser.
func (w *World) SignIn(email string, c app.Client) *Persona {
	w.T.Helper()
	grant, err := w.Login(w.T.Context(), app.Stranger(c), app.LoginInput{Login: email, Password: Password})
	must(w.T, err)
	return &Persona{w, grant.Token, email, c, grant.Device}
}

// Presented is what the persona's requests show.
func (p *Persona) Presented() app.Presented {
	return app.Presented{
		Key:   app.DigestOf("bearer " + p.Token.Reveal()),
		Token: func() (app.Secret, error) { return p.Token, nil },
	}
}

// Check asks whether the persona's session is good, from its own browser.
func (p *Persona) Check() (*app.Checked, app.Fingerprint, error) {
	return p.w.CheckSession(p.w.T.Context(), p.Presented(), p.Client)
}

// Actor is the persona as a request's actor, read anew; the test fails when the session is over.
func (p *Persona) Actor() app.Actor {
	p.w.T.Helper()
	checked, _, err := p.Check()
	must(p.w.T, err)
	return checked.Actor(p.Client)
}

// User is the persona's account as of now.
func (p *Persona) User() app.User {
	p.w.T.Helper()
	return *p.Actor().User
}

// Key makes an API key that acts with a role, and answers its secret.
func (w *World) Key(name, role string) app.Secret {
	w.T.Helper()
	_, secret, err := w.CreateKey(w.T.Context(), app.System(), app.KeyInput{Name: name, Role: role})
	must(w.T, err)
	return secret
}

// Program is who acts by a key, from an app's server.
func (w *World) Program(secret app.Secret) app.Actor {
	w.T.Helper()
	actor, err := w.CheckKey(w.T.Context(), secret, Browser(100))
	must(w.T, err)
	return actor
}
