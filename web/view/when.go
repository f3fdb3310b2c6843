package view

import (
	"strconv"
	"time"

	_ "time/tzdata" // people choose a zone also where the machine has no list of them

	"doorward/app/lang"
)

// Moment is a time as pages tell it: relative, with the exact one beside it.
type Moment struct {
	ISO      string // RFC 3339, UTC, for the `datetime` attribute
	Exact    string
	Relative string
}

// newMoment tells t from now; the zero Moment for the zero time.
func newMoment(texts *lang.Texts, t, now time.Time, zone *time.Location) (Moment, error) {
	if t.IsZero() {
		return Moment{}, nil
	}
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	told, err := relative(texts, t.Sub(now), local, now.In(zone))
	return Moment{ISO: t.UTC().Format(time.RFC3339), Exact: texts.DateTime(local) + " " + zoneName(local), Relative: told}, err
}

// zoneName is a zone's abbreviation where it has one that is letters, else its distance from UTC.
func zoneName(t time.Time) string {
	if name := t.Format("MST"); name[0] != '+' && name[0] != '-' {
		return name
	}
	return "UTC" + t.Format("-07:00")
}

// relative says how far off a time is; what is over a month off is told by its day.
func relative(texts *lang.Texts, off time.Duration, at, now time.Time) (string, error) {
	way := "time.ago."
	if off > 0 {
		way = "time.ahead."
		off += time.Second / 2
	}
	minutes, hours, days := int(off.Abs().Minutes()), int(off.Abs().Hours()), int(off.Abs().Hours()/24)
	switch {
	case minutes < 1 && off > 0:
		return texts.Say("time.soon")
	case minutes < 1:
		return texts.Say("time.now")
	case hours < 1:
		return texts.Say(way+"minutes", "n", minutes)
	case days < 1:
		return texts.Say(way+"hours", "n", hours)
	case days <= 30:
		return texts.Say(way+"days", "n", days)
	case at.Year() == now.Year():
		return texts.MonthDay(at), nil
	}
	return texts.Date(at), nil
}

// zoneOf is the location of an account's time zone: an IANA name, or whole hours. nil for none or an unknown one.
func zoneOf(zone string) *time.Location {
	if zone == "" {
		return nil
	}
	if hours, err := strconv.Atoi(zone); err == nil {
		return time.FixedZone("", hours*3600)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil
	}
	return location
}

// Wait says how long to wait, "" for no such time: in the unit that people would name, rounded up.
func (f *Frame) Wait() (string, error) {
	if f.Retry <= 0 {
		return "", nil
	}
	seconds := int((f.Retry + time.Second - 1) / time.Second)
	switch {
	case seconds < 60:
		return f.texts.Say("frame.wait.seconds", "n", seconds)
	case seconds < 3600:
		return f.texts.Say("frame.wait.minutes", "n", (seconds+59)/60)
	}
	return f.texts.Say("frame.wait.hours", "n", (seconds+3599)/3600)
}
