package mail

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"doorward/app"
	"doorward/app/lang"
)

// textFiles are every sentence of the mails: a folder for each language, in it letter.toml.
//
//go:embed texts
var textFiles embed.FS

func newBook() (*lang.Book, error) {
	files, err := fs.Sub(textFiles, "texts")
	if err != nil {
		return nil, fmt.Errorf("mail texts: %w", err)
	}
	return lang.NewBook(files), nil
}

// textsFor are the texts for a receiver: in the offered language that is nearest to theirs, else in the site's first.
func (c *Composer) textsFor(locale string) *lang.Texts {
	if near := c.offer.For(locale); near != "" {
		return c.book.In(near)
	}
	return c.book.In(c.offer.First())
}

// sentences makes the sentences of one mail; the first error stays.
type sentences struct {
	texts  *lang.Texts
	kind   app.MailKind
	values []any
	err    error
}

// own says a sentence of this kind of mail.
func (s *sentences) own(part string) string { return s.say(string(s.kind) + "." + part) }

// say says a sentence with the mail's values and some more.
func (s *sentences) say(key string, more ...any) string {
	said, err := s.texts.Say("letter."+key, append(more, s.values...)...)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("mail texts: %w", err)
	}
	return said
}

// moment says a time in the receiver's zone, and names the zone; "" for the zero time.
func (s *sentences) moment(at time.Time, timezone string) string {
	if at.IsZero() {
		return ""
	}
	location, label := zone(timezone)
	return s.say("moment", "at", s.texts.DateTime(at.In(location)), "zone", label)
}

// origin says where a mail's cause came from, as far as that is known.
func (s *sentences) origin(device, ip, at string) string {
	switch {
	case device != "" && ip != "":
		return s.say("origin.device_ip", "device", s.device(device), "ip", ip, "at", at)
	case device != "":
		return s.say("origin.device", "device", s.device(device), "at", at)
	case ip != "":
		return s.say("origin.ip", "ip", ip, "at", at)
	}
	return s.say("origin.none", "at", at)
}

// device says the name of a device in the mail's language.
func (s *sentences) device(name string) string {
	switch browser, system := app.SplitDevice(name); {
	case browser != "" && system != "":
		return s.say("device.both", "browser", browser, "system", system)
	case browser != "":
		return browser
	case system != "":
		return s.say("device.system", "system", system)
	}
	return s.say("device.unknown")
}

// zone finds the zone of an account: an IANA name, or whole hours such as "+2"; UTC for anything else.
func zone(timezone string) (*time.Location, string) {
	if hours, err := strconv.Atoi(timezone); err == nil && -12 <= hours && hours <= 14 {
		if hours == 0 {
			return time.UTC, "UTC"
		}
		label := fmt.Sprintf("UTC%+d", hours)
		return time.FixedZone(label, hours*60*60), label
	}
	if timezone == "" || timezone == "Local" {
		return time.UTC, "UTC"
	}
	location, err := time.LoadLocation(timezone)
	if err != nil {
		return time.UTC, "UTC"
	}
	return location, strings.ReplaceAll(timezone, "_", " ")
}
