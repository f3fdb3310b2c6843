package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// greet prints the first lines: where to click, and what is still to be set up.
func (s Server) greet(ctx context.Context) error {
	code, err := s.Accounts.SetupCode(ctx)
	if err != nil {
		return fmt.Errorf("look for an owner: %w", err)
	}
	base := strings.TrimRight(s.BaseURL.String(), "/")
	var text strings.Builder
	fmt.Fprintf(&text, "Doorward is at %s\n", base)
	if code != "" {
		link := base + "/register?setup=" + url.QueryEscape(code.Reveal())
		fmt.Fprintf(&text, "\nNobody owns it yet. Whoever registers by this link becomes its Owner:\n  %s\n", link)
		s.Log.Info("there is no owner yet; whoever registers by the link becomes it", "link", link)
	}
	if s.Accounts.MailIsKept() {
		fmt.Fprintf(&text, "\nNo mail server is set up, so mails are kept, for the Owner to read at\n  %s/mailbox\n", base)
		if s.Listener.Address.IsLoopback() {
			fmt.Fprintf(&text, "or, for whoever sees this, at\n  %s/mailbox?key=%s\n", base, url.QueryEscape(s.Accounts.MailboxKey().Reveal()))
		}
		text.WriteString("With --smtp-url they are sent instead.\n")
	}
	if s.BaseURL.Scheme == "http" && !isLoopback(s.BaseURL.Hostname()) {
		text.WriteString("\nWarning: --base-url is plain http, so cookies are not Secure and whoever is on\nthe way reads them. Put a proxy with https in front and set --base-url to it.\n")
	}
	if _, err := io.WriteString(s.Out, text.String()); err != nil {
		s.Log.Warn("the first lines could not be printed", "error", err)
	}
	s.Log.Info("serving", "address", s.Listener.Address.String(), "base_url", base)
	return nil
}
