package mail

import (
	"net/netip"
	"strings"
	"unicode"

	"doorward/app"
)

// plan is how a kind of mail is built; its sentences are in texts/ under the kind's name.
type plan struct {
	path   string // where its button leads, below the base URL; "" for no button
	token  bool   // whether the token ends that path
	second string // where its second link leads; "" for none
	notice bool   // something happened: what to do comes before the button, which is for those it surprises
	origin bool   // whether it says where, when and from which device it was caused
}

// planOf is the one list of the mails there are.
func planOf(kind app.MailKind) (plan, bool) {
	switch kind {
	case app.MailConfirmation:
		return plan{path: "confirm", token: true, origin: true}, true
	case app.MailPasswordReset:
		return plan{path: "reset-password", token: true, origin: true}, true
	case app.MailSetPassword: // caused by an admin, whose device and address are not the receiver's to know
		return plan{path: "reset-password", token: true}, true
	case app.MailEmailChange:
		return plan{path: "account/email", token: true, origin: true}, true
	case app.MailEmailChanging: // a reset still goes to this address, and ends the token of the change
		return plan{path: "reset-password", notice: true, origin: true}, true
	case app.MailEmailChanged: // a reset would go to the new address
		return plan{path: "account/security", notice: true, origin: true}, true
	case app.MailPasswordChanged:
		return plan{path: "reset-password", notice: true, origin: true}, true
	case app.MailAccountExists:
		return plan{path: "login", second: "reset-password", origin: true}, true
	}
	return plan{}, false
}

func kinds() []app.MailKind {
	return []app.MailKind{
		app.MailConfirmation, app.MailPasswordReset, app.MailSetPassword, app.MailEmailChange,
		app.MailEmailChanging, app.MailEmailChanged, app.MailPasswordChanged, app.MailAccountExists,
	}
}

// letter is a mail in sentences, for the layout to set as text and as HTML.
type letter struct {
	Lang, Dir        string
	Site             string
	Subject          string
	Greeting         string // "" without a name
	Why              string // one sentence: why it came
	Action           *link  // the button
	Second           *link
	Until            string // how long the link is good; "" when it doesn't end
	Unexpected       string // what to do if it wasn't you
	Origin           string // device, address and time of what caused it; "" when it isn't said
	Notice           bool
	Door             bool // whether our mark stands beside the name
	Logo             string
	Accent, OnAccent string
}

// link is an address to go to, and the words for it: on a button, and on a line before the address.
type link struct{ Label, Line, URL string }

func (c *Composer) letter(m app.Mail, p plan) (letter, error) {
	texts := c.textsFor(m.Locale)
	called := name(m.Name)
	s := sentences{texts: texts, kind: m.Kind, values: []any{"site", c.name, "name", called, "to", m.To, "new", newAddress(m.NewEmail)}}
	l := letter{
		Lang: texts.Lang(), Dir: texts.Dir(), Site: c.name, Subject: s.own("subject"), Why: s.own("why"),
		Unexpected: s.own("unexpected"), Notice: p.notice,
		Door: c.door, Accent: c.accent.String(), OnAccent: c.accent.TextOn().String(),
	}
	if c.logo != nil {
		l.Logo = c.logo.name
	}
	if called != "" {
		l.Greeting = s.say("greeting")
	}
	if p.path != "" {
		label := s.own("button")
		l.Action = &link{label, s.say("before_link", "label", label), c.url(p.path, m.Token, p.token)}
	}
	if p.second != "" {
		label := s.own("second")
		l.Second = &link{label, label, c.url(p.second, "", false)}
	}
	if until := s.moment(m.Expires, m.Timezone); p.token && until != "" {
		l.Until = s.say("until", "until", until)
	}
	if p.origin {
		l.Origin = s.origin(device(m.Device), address(m.IP), s.moment(m.At, m.Timezone))
	}
	return l, s.err
}

func (c *Composer) url(path string, token app.Secret, withToken bool) string {
	u := c.base.JoinPath(path)
	if withToken {
		u = u.JoinPath(token.Reveal()) // isName held it: no dots or slashes
	}
	return u.String()
}

// links are the addresses of the letter, in their order.
func (l letter) links() []string {
	var urls []string
	for _, k := range []*link{l.Action, l.Second} {
		if k != nil {
			urls = append(urls, k.URL)
		}
	}
	return urls
}

// name makes a name fit for a sentence: no line breaks, no marks that turn the direction of what follows.
func name(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar, unicode.IsControl(r) && !unicode.IsSpace(r):
			return -1
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d': // joiners make Persian words and emoji
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

func newAddress(s string) string {
	if clean, _, problem := app.CleanEmail(s); problem == nil {
		return clean
	}
	return "…"
}

// device keeps the name of a device only if it can be nothing but one. It is read from what a stranger's browser says,
// and must not carry an address into somebody's mail.
func device(s string) string {
	if len(s) > 90 || strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) && r != ' ' }) >= 0 {
		return ""
	}
	return strings.TrimSpace(s)
}

func address(ip string) string {
	parsed, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	return parsed.Unmap().WithZone("").String()
}
