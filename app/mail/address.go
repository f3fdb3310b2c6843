package mail

import (
	"errors"
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"doorward/app"
)

// unsendable is why a mail can't be composed; no later attempt will do better.
type unsendable string

func (e unsendable) Error() string   { return "compose mail: " + string(e) }
func (e unsendable) Permanent() bool { return true }

// lookup maps a domain to what the DNS holds (UTS #46), lenient where real mail domains are.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

// parseSender reads --mail-from.
func parseSender(from string) (*netmail.Address, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("mail sender: not an address such as `Doorward <no-reply@example.org>`")
	}
	if !plain(address.Name) || !plain(address.Address) {
		return nil, errors.New("mail sender: control characters can't stand in it")
	}
	address.Address = withASCIIDomain(address.Address)
	return address, nil
}

// recipient checks the address of an account once more before it enters a header.
func recipient(to string) (*netmail.Address, error) {
	clean, _, problem := app.CleanEmail(to)
	if problem != nil || clean != to || !plain(to) {
		return nil, unsendable("the address can't be written to")
	}
	return &netmail.Address{Address: withASCIIDomain(to)}, nil
}

// withASCIIDomain writes the domain as the DNS does, so that only a local part in another script needs a server that
// takes SMTPUTF8. A domain that can't be mapped stays.
func withASCIIDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain := address[at+1:]
	if isASCII(domain) {
		return address
	}
	ascii, err := lookup.ToASCII(domain)
	if err != nil || ascii == "" {
		return address
	}
	return address[:at+1] + ascii
}

// envelope is the address as it stands between the angle brackets of MAIL and RCPT: quoted where RFC 5321 asks for it.
func envelope(address *netmail.Address) string {
	bare := netmail.Address{Address: address.Address}
	return strings.TrimSuffix(strings.TrimPrefix(bare.String(), "<"), ">")
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
