package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"doorward/app"
)

// TLSMode says when a connection is encrypted. Wherever it is, the server's certificate is checked.
type TLSMode int

// The ways of --smtp-url.
const (
	TLSWhenOffered TLSMode = iota // smtp://: STARTTLS if the server offers it
	TLSRequired                   // smtp://…?tls=require: no mail and no password without STARTTLS
	TLSNone                       // smtp://…?tls=none: never
	TLSImplicit                   // smtps://: from the first byte
)

// SMTP says how mails leave. ParseURL makes one; what is zero gets its default in NewTransport.
type SMTP struct {
	Host     string
	Port     int // 465 for TLSImplicit, else 587
	TLS      TLSMode
	Username string // "" to send without signing in
	Password app.Secret

	Hello   string         // what we call ourselves, a host name; "" for the connection's own address
	RootCAs *x509.CertPool // nil for the system's

	ConnectTimeout time.Duration // until the connection stands, TLS not included; 10 s
	CommandTimeout time.Duration // for each answer; 30 s
	MailTimeout    time.Duration // for a whole mail, connecting included; 60 s
	IdleTimeout    time.Duration // how long a connection is kept for the next mail; 5 s
}

// ParseURL reads --smtp-url: `smtp://[user:pass@]host[:port][?tls=require|none]` or `smtps://…`. Its errors repeat nothing
// of the URL: a password with a stray character in it can end up in any part of it.
func ParseURL(raw string) (SMTP, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return SMTP{}, errors.New("smtp url: it can't be read; write %-codes for characters such as / ? # % in the user or password")
	}
	o := SMTP{Host: u.Hostname()}
	switch u.Scheme {
	case "smtp":
	case "smtps":
		o.TLS = TLSImplicit
	default:
		return SMTP{}, errors.New("smtp url: it begins with smtp:// or smtps://")
	}
	if u.Opaque != "" || u.Path != "" && u.Path != "/" || u.Fragment != "" || strings.HasSuffix(raw, "#") {
		return SMTP{}, errors.New("smtp url: nothing but ?tls= can follow the host; write %-codes for characters such as / ? # in the user or password")
	}
	if o.Port, err = parsePort(u); err != nil {
		return SMTP{}, err
	}
	if err := o.parseQuery(u); err != nil {
		return SMTP{}, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		o.Username, o.Password = u.User.Username(), app.Secret(password)
		if o.Username == "" || password == "" {
			return SMTP{}, errors.New("smtp url: user and password come together, as user:pass@host")
		}
	}
	return o, o.check()
}

func parsePort(u *url.URL) (int, error) {
	if u.Port() == "" {
		return 0, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return 0, errors.New("smtp url: a port is a number from 1 to 65535")
	}
	return int(port), nil
}

func (o *SMTP) parseQuery(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query) > 1 || len(query) == 1 && len(query["tls"]) != 1 {
		return errors.New("smtp url: the only option is ?tls=require or ?tls=none")
	}
	switch mode := query.Get("tls"); {
	case !query.Has("tls"), mode == "require" && o.TLS == TLSImplicit:
	case mode == "require":
		o.TLS = TLSRequired
	case mode == "none" && o.TLS == TLSImplicit:
		return errors.New("smtp url: smtps:// is TLS; write smtp:// for ?tls=none")
	case mode == "none":
		o.TLS = TLSNone
	default:
		return errors.New("smtp url: the only option is ?tls=require or ?tls=none")
	}
	return nil
}

// check holds what is true of an SMTP whether it came from a URL or not.
func (o *SMTP) check() error {
	switch {
	case o.Host == "" || !plain(o.Host) || strings.ContainsAny(o.Host, " /@<>"):
		return errors.New("smtp url: it needs a host")
	case strings.Contains(o.Host, ":") && !isAddr(o.Host):
		return errors.New("smtp url: a host with : in it is an IPv6 address, as smtp://[::1]:25")
	case o.Port < 0 || o.Port > 65535:
		return errors.New("smtp url: a port is a number from 1 to 65535")
	case !plain(o.Username) || !plain(o.Password.Reveal()):
		return errors.New("smtp url: control characters can't stand in user or password")
	case o.Username != "" && o.TLS == TLSNone && !isThisMachine(o.Host):
		return errors.New("smtp url: a password needs TLS, unless the host is this machine (localhost, 127.0.0.1, [::1])")
	case o.Hello != "" && (!plain(o.Hello) || !isASCII(o.Hello) || strings.ContainsAny(o.Hello, " <>@")):
		return errors.New("smtp: the name to say hello with is not a host name")
	}
	return nil
}

func (o *SMTP) setDefaults() {
	if o.Port == 0 {
		o.Port = 587
		if o.TLS == TLSImplicit {
			o.Port = 465
		}
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&o.ConnectTimeout, 10 * time.Second},
		{&o.CommandTimeout, 30 * time.Second},
		{&o.MailTimeout, 60 * time.Second},
		{&o.IdleTimeout, 5 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
}

// String is for logs and `doctor`: where mails go, without the password.
func (o SMTP) String() string {
	scheme, option := "smtp", ""
	switch o.TLS {
	case TLSRequired:
		option = "?tls=require"
	case TLSNone:
		option = "?tls=none"
	case TLSImplicit:
		scheme = "smtps"
	}
	o.setDefaults()
	return fmt.Sprintf("%s://%s%s", scheme, o.address(), option)
}

func (o SMTP) address() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// isAddr tells whether a host is the number of one.
func isAddr(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
