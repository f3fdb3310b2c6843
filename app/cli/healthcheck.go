package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthPatience bounds a health check: containers wait no longer than 30 s by default, and a server that is well answers
// within milliseconds.
const healthPatience = 5 * time.Second

// healthcheckCommand is `doorward healthcheck`.
type healthcheckCommand struct{}

// Run asks the server at --listen, or on the plain port of one with --acme-domain, for /readyz.
func (healthcheckCommand) Run(in *invocation) error {
	ctx, cancel := context.WithTimeout(in.ctx, healthPatience)
	defer cancel()
	address := in.settings.Listen
	switch {
	case len(in.settings.ACMEDomain) > 0:
		address = httpAddress
	case address.Network == "":
		address = defaultListen
	}
	if address.Network == "tcp" && address.port() == 0 {
		return Unusable("listen", errors.New("port 0 is a free port, so there is no telling which; name the server's"))
	}
	if err := askReady(ctx, address); err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	_, err := fmt.Fprintln(in.Out, "ready")
	return err
}

// askReady answers nil when the server at address is ready.
func askReady(ctx context.Context, address Address) error {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialAny(ctx, address.Network, reachable(address))
		},
		DisableKeepAlives: true,
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer from %s within %v", address, healthPatience)
	}
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", address, rootCause(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	reason, _ := io.ReadAll(io.LimitReader(answer.Body, 300)) // best effort: the status says enough
	return fmt.Errorf("%s answers %s: %s", address, answer.Status, strings.TrimSpace(string(reason)))
}

// reachable lists where a server that listens on address can be reached from this machine: one that listens everywhere,
// on loopback.
func reachable(a Address) []string {
	if a.Network != "tcp" {
		return []string{a.Address}
	}
	host, port, err := net.SplitHostPort(a.Address)
	if err != nil {
		return []string{a.Address}
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip != nil && ip.IsUnspecified():
		return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
	}
	return []string{a.Address}
}

// dialAny takes the first address that answers.
func dialAny(ctx context.Context, network string, addresses []string) (conn net.Conn, err error) {
	var dialer net.Dialer
	for _, address := range addresses {
		if conn, err = dialer.DialContext(ctx, network, address); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// rootCause is the innermost error: what the system said, without the layers that it went through.
func rootCause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
