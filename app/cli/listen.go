package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// Listener is where a server listens, and how it is reached there.
type Listener struct {
	net.Listener
	Address Address // with the real port, where 0 was asked for
	host    string  // as it was asked for: a name says more than the address that it stands for
	// plain is port 80 beside 443, for a server that gets certificates; nil for any other.
	plain net.Listener
}

// Close stops listening.
func (l *Listener) Close() error {
	if l.plain == nil {
		return l.Listener.Close()
	}
	return errors.Join(l.Listener.Close(), l.plain.Close())
}

// Listen opens the address of the settings; without one, systemd's socket when the process was started with one, else
// 127.0.0.1:8080. With --acme-domain it is two of them: ports 443 and 80. A Unix socket that a dead server left is replaced; a new one has mode 0660 and goes when it is closed.
func Listen(ctx context.Context, s Settings) (*Listener, error) {
	if len(s.ACMEDomain) > 0 {
		return listenBoth(ctx)
	}
	switch s.Listen.Network {
	case "unix":
		return listenUnix(ctx, s.Listen)
	case "tcp":
		return listenTCP(ctx, s.Listen)
	}
	if os.Getenv("LISTEN_FDS") != "" {
		return listenSystemd()
	}
	return listenTCP(ctx, defaultListen)
}

// ListenMetrics opens the address of --metrics-listen; nil without one.
func ListenMetrics(ctx context.Context, s Settings) (*Listener, error) {
	switch s.MetricsListen.Network {
	case "unix":
		return listenUnix(ctx, s.MetricsListen)
	case "tcp":
		return listenTCP(ctx, s.MetricsListen)
	}
	return nil, nil
}

func listenTCP(ctx context.Context, a Address) (*Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, rootCause(err))
	}
	host, _, _ := net.SplitHostPort(a.Address) // readAddress saw that it is one
	return &Listener{Listener: l, Address: Address{"tcp", l.Addr().String()}, host: host}, nil
}

func listenUnix(ctx context.Context, a Address) (*Listener, error) {
	if err := removeStaleSocket(ctx, a.Address); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", a.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, rootCause(err))
	}
	if err := os.Chmod(a.Address, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", a, err), l.Close())
	}
	return &Listener{Listener: l, Address: a}, nil
}

// removeStaleSocket removes the socket file of a server that ended without doing so: only a socket, and only if nobody
// answers on it.
func removeStaleSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is something there that is not a socket")
	}
	if conn, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(errors.New("another server answers on it"), conn.Close())
	}
	return os.Remove(path)
}

// listenSystemd takes the one socket that systemd opened for this process.
func listenSystemd() (*Listener, error) {
	listeners, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("listen on systemd's socket: %w", err)
	}
	if len(listeners) != 1 || listeners[0] == nil {
		return nil, fmt.Errorf("listen on systemd's socket: exactly one stream socket is needed, and LISTEN_FDS brings %d sockets for this process", len(listeners))
	}
	address := listeners[0].Addr()
	return &Listener{Listener: listeners[0], Address: Address{address.Network(), address.String()}}, nil
}

// listenBoth opens the ports of https and http, or takes systemd's sockets of these names (FileDescriptorName=), whatever
// their ports: those of a unit that may not open 443 itself, or what another program passes on to.
func listenBoth(ctx context.Context) (*Listener, error) {
	if os.Getenv("LISTEN_FDS") != "" {
		named, err := activation.ListenersWithNames()
		if err != nil {
			return nil, fmt.Errorf("listen on systemd's sockets: %w", err)
		}
		https, plain := named["https"], named["http"]
		if len(named) != 2 || len(https) != 1 || len(plain) != 1 || https[0] == nil || plain[0] == nil {
			return nil, Unusable("acme-domain", errors.New("systemd's sockets must be two, with FileDescriptorName=https and FileDescriptorName=http"))
		}
		address := https[0].Addr()
		return &Listener{Listener: https[0], Address: Address{address.Network(), address.String()}, plain: plain[0]}, nil
	}
	https, err := listenTCP(ctx, httpsAddress)
	if err != nil {
		return nil, err
	}
	plain, err := listenTCP(ctx, httpAddress)
	if err != nil {
		return nil, errors.Join(err, https.Close())
	}
	https.plain = plain.Listener
	return https, nil
}

// BaseURL is what links begin with: --base-url, or else what the listening address makes of itself.
func (l *Listener) BaseURL(s Settings) *url.URL {
	if s.BaseURL.URL != nil {
		return s.BaseURL.URL
	}
	if l.Address.Network != "tcp" {
		return &url.URL{Scheme: "http", Host: "localhost"}
	}
	host, port, _ := net.SplitHostPort(l.Address.Address) // a listener's own address
	if l.host != "" {
		host = l.host
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	base := &url.URL{Scheme: "http", Host: net.JoinHostPort(strings.ToLower(host), port)}
	base.Host = withoutDefaultPort(base)
	return base
}

// ExpectedBaseURL is what links of a server with these settings begin with, told without its listener.
func (s Settings) ExpectedBaseURL() (*url.URL, error) {
	address := s.Listen
	if address.Network == "" {
		address = defaultListen
	}
	if s.BaseURL.URL == nil && address.Network == "tcp" && address.port() == 0 {
		return nil, Unusable("listen", errors.New("port 0 is a free port, so there is no telling which; name --base-url"))
	}
	host, _, _ := net.SplitHostPort(address.Address) // "" for a socket
	return (&Listener{Address: address, host: host}).BaseURL(s), nil
}
