package app

import (
	"strings"

	"github.com/mileusna/useragent"
)

// DeviceName names a browser as people do: "Firefox on Linux". "an unknown device" when the text says nothing.
func DeviceName(userAgent string) string {
	if strings.TrimSpace(userAgent) == "" {
		return "an unknown device"
	}
	ua := useragent.Parse(userAgent)
	name, system := printable(ua.Name), printable(ua.OS)
	switch {
	case name != "" && system != "":
		return name + " on " + system
	case name != "":
		return name
	case system != "":
		return "a browser on " + system
	}
	return "an unknown device"
}

// printable keeps a name that is worth showing: short and plain. The text comes from whoever asks.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 40)]
}
