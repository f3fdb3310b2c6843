package view

import (
	"fmt"
	"strconv"
	"time"

	_ "time/tzdata" // people choose a zone also where the machine has no list of them
)

// Moment is a time as pages tell it: relative, with the exact one beside it.
type Moment struct {
	ISO      string // RFC 3339, UTC, for the `datetime` attribute
	Exact    string
	Relative string
}

// newMoment tells t from now; the zero Moment for the zero time.
func newMoment(t, now time.Time, zone *time.Location) Moment {
	if t.IsZero() {
		return Moment{}
	}
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	return Moment{
		ISO:      t.UTC().Format(time.RFC3339),
		Exact:    local.Format("2 January 2006, 15:04 ") + zoneName(local),
		Relative: relative(t.Sub(now), local, now.In(zone)),
	}
}

// zoneName is a zone's abbreviation where it has one that is letters, else its distance from UTC.
func zoneName(t time.Time) string {
	if name := t.Format("MST"); name[0] != '+' && name[0] != '-' {
		return name
	}
	return "UTC" + t.Format("-07:00")
}

// relative says how far off a time is; what is over a month off is told by its day.
func relative(off time.Duration, at, now time.Time) string {
	ahead := off > 0
	if ahead {
		off += time.Second / 2
	}
	minutes, hours, days := int(off.Abs().Minutes()), int(off.Abs().Hours()), int(off.Abs().Hours()/24)
	switch {
	case minutes < 1 && ahead:
		return "in under a minute"
	case minutes < 1:
		return "just now"
	case hours < 1:
		return distance(minutes, "minute", ahead)
	case days < 1:
		return distance(hours, "hour", ahead)
	case days <= 30:
		return distance(days, "day", ahead)
	case at.Year() == now.Year():
		return at.Format("2 January")
	}
	return at.Format("2 January 2006")
}

func distance(n int, unit string, ahead bool) string {
	if n != 1 {
		unit += "s"
	}
	if ahead {
		return fmt.Sprintf("in %d %s", n, unit)
	}
	return fmt.Sprintf("%d %s ago", n, unit)
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
