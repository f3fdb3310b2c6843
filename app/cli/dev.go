package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"doorward/app"
)

// devCommand is `doorward dev`.
type devCommand struct {
	AllowRemote bool   `help:"Listen also where other machines reach it, as in a container. Everybody gets in."`
	AppKey      AppKey `help:"An API key for the app that you develop, there after every reset: dwk_ and 8 characters or more of your choice." placeholder:"SECRET"`
	AppKeyRole  string `help:"The role that it acts with: Owner, Admin or User." default:"User" placeholder:"ROLE"`
}

// DevOptions are what `doorward dev` has beside the settings.
type DevOptions struct {
	AnyHost    bool       // requests may name the base URL's host
	AppKey     app.Secret // "" for none
	AppKeyRole string
}

// AppKey is the secret of an API key that a developer chose; "" for none.
type AppKey app.Secret

func readAppKey(text string, _ *kong.Value) (AppKey, error) {
	return AppKey(text), app.CheckDevKey(app.Secret(text))
}

// Run serves for a developer until the context ends.
func (c devCommand) Run(in *invocation, parsed *kong.Context) error {
	settings := in.settings
	address := settings.Listen
	if address.Network == "" {
		address = defaultListen
	}
	if !address.IsLoopback() && !c.AllowRemote {
		return Unusable("listen", errors.New("dev listens on loopback alone, since everybody gets in; --allow-remote is for containers"))
	}
	if !slices.Contains([]string{app.RoleOwner, app.RoleAdmin, app.RoleUser}, c.AppKeyRole) {
		return Unusable("app-key-role", errors.New("it is Owner, Admin or User"))
	}
	settings.Listen = address
	settings.SMTPURL = "" // no mail leaves
	settings.easeFor(parsed)
	if !wasGiven(parsed, "data") {
		settings.Data = ""
	}
	err := in.program.Dev(in.ctx, settings, in.Streams, DevOptions{AnyHost: c.AllowRemote, AppKey: app.Secret(c.AppKey), AppKeyRole: c.AppKeyRole})
	if in.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// easeFor makes hashing cheap and switches limits off, so that nobody is kept out and tests are quick. What the command line
// itself asks for stays, for whoever tries out a limit beside a clock that moves; what a file or the environment says is
// production's.
func (s *Settings) easeFor(parsed *kong.Context) {
	if !wasTyped(parsed, "bcrypt-cost") {
		s.BcryptCost = 4
	}
	for name, limit := range map[string]*app.Limit{
		"limit-login":           &s.LimitLogin,
		"limit-registration":    &s.LimitRegistration,
		"limit-registration-ip": &s.LimitRegistrationIP,
		"limit-reset":           &s.LimitReset,
		"limit-confirmation":    &s.LimitConfirmation,
		"limit-mail-ip":         &s.LimitMailIP,
	} {
		if !wasTyped(parsed, name) {
			*limit = app.Limit{}
		}
	}
}

// wasTyped tells whether a setting stands on the command line itself.
func wasTyped(parsed *kong.Context, name string) bool {
	return slices.ContainsFunc(parsed.Path, func(step *kong.Path) bool {
		return step.Flag != nil && step.Flag.Name == name && !step.Resolved
	})
}

// wasGiven tells whether a setting came from anywhere but its default.
func wasGiven(parsed *kong.Context, name string) bool {
	return slices.ContainsFunc(parsed.Path, func(step *kong.Path) bool { return step.Flag != nil && step.Flag.Name == name })
}

// GreetDeveloper prints where to click.
func GreetDeveloper(out io.Writer, base string, users []app.DevUser) error {
	var emails []string
	for _, user := range users {
		emails = append(emails, user.Email)
	}
	_, err := fmt.Fprintf(out, "Doorward is at %s\n\nFor development: mails, a clock and sign-in by one click are at\n  %s/dev\nAccounts: %s; password: %s\n",
		base, base, strings.Join(emails, ", "), app.DevPassword.Reveal())
	return err
}
