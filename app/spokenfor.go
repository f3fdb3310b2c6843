package app

import (
	"net/netip"
	"strings"
	"unicode"
)

// SpokenFor is the person for whom an API key makes a request, as the key's program saw them. Limits, fingerprint,
// location, audit log and mails then see them in place of the program.
type SpokenFor struct {
	IP        string
	UserAgent string // "" where they sent none
}

// maxUserAgent is how much of a User-Agent is kept, in bytes.
const maxUserAgent = 512

// CutUserAgent is as much of a User-Agent as is looked at.
func CutUserAgent(text string) string { return text[:min(len(text), maxUserAgent)] }

// speakingFor is who a request that anybody may make counts as coming from: whoever sent it or, by a key and by nobody
// else, the person named. What a key may do besides is left behind. The key itself stays known by the client's KeyID.
func (by Actor) speakingFor(person *SpokenFor) (Actor, error) {
	switch {
	case person != nil && by.Kind != ActorKey:
		return Actor{}, Refuse(KindForbidden, CodeForbidden, "Only an API key may name the client that it speaks for.")
	case by.Kind != ActorKey:
		return by, nil
	}
	client := by.Client
	if person != nil {
		if err := person.describe(&client); err != nil {
			return Actor{}, err
		}
	}
	return Stranger(client), nil
}

// describe puts what is known of the person in a client.
func (p SpokenFor) describe(c *Client) error {
	var errs fieldErrors
	ip, err := netip.ParseAddr(p.IP)
	switch {
	case p.IP == "":
		errs.add("client.ip", RuleRequired, "Send the person's IP address.")
	case err != nil || ip.Zone() != "":
		errs.add("client.ip", RuleInvalidFormat, "Send one IP address, without port or zone.")
	}
	if strings.ContainsFunc(p.UserAgent, unicode.IsControl) {
		errs.add("client.user_agent", RuleInvalidFormat, "A User-Agent can't hold control characters.")
	}
	c.IP, c.UserAgent = ip.Unmap(), CutUserAgent(p.UserAgent)
	return errs.err()
}
