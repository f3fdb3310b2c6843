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
	AllowRemote bool `help:"Listen also where other machines reach it, as in a container. Everybody gets in."`
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
	settings.Listen = address
	// Nobody is to be kept out, and tests are to be quick.
	settings.BcryptCost, settings.SMTPURL = 4, ""
	for _, limit := range []*app.Limit{
		&settings.LimitLogin, &settings.LimitRegistration, &settings.LimitRegistrationIP, &settings.LimitReset, &settings.LimitConfirmation, &settings.LimitMailIP,
	} {
		*limit = app.Limit{}
	}
	if !wasGiven(parsed, "data") {
		settings.Data = ""
	}
	err := in.program.Dev(in.ctx, settings, in.Streams, c.AllowRemote)
	if in.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
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
