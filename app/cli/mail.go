package cli

import (
	"errors"
	"fmt"
)

// mailCommand is `doorward mail`.
type mailCommand struct {
	Test mailTestCommand `cmd:"" settings:"config,listen,base-url,acme-domain,smtp-url,mail-from,site-name,site-logo,accent" help:"Send one mail and tell what the server said."`
}

// mailTestCommand is `doorward mail test ADDRESS`.
type mailTestCommand struct {
	Address string `arg:"" help:"Whom to send it to."`
}

// Run sends the mail.
func (c mailTestCommand) Run(in *invocation) error {
	if in.settings.SMTPURL == "" {
		return errors.New("no mail server is set up: mails are kept and shown at /mailbox; --smtp-url names one")
	}
	reply, err := in.program.TestMail(in.ctx, in.settings, c.Address)
	if err != nil {
		return fmt.Errorf("the mail was not sent: %w", err)
	}
	_, err = fmt.Fprintf(in.Out, "sent; the server said: %s\n", reply)
	return err
}
