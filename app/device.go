package app

import (
	"strings"

	"github.com/mileusna/useragent"
)

const (
	unknownDevice  = "an unknown device"
	unknownBrowser = "a browser"
)

// DeviceName names a browser as people do: "Firefox on Linux". "an unknown device" when the text says nothing.
func DeviceName(userAgent string) string {
	if strings.TrimSpace(userAgent) == "" {
		return unknownDevice
	}
	ua := useragent.Parse(userAgent)
	name, system := printable(ua.Name), printable(ua.OS)
	switch {
	case name != "" && system != "":
		return name + " on " + system
	case name != "":
		return name
	case system != "":
		return unknownBrowser + " on " + system
	}
	return unknownDevice
}

// SplitDevice takes a DeviceName apart, for who says it in another language: browser and system, each "" where the name
// does not hold it.
func SplitDevice(name string) (browser, system string) {
	if name == unknownDevice {
		return "", ""
	}
	at := strings.LastIndex(name, " on ")
	if at < 0 {
		return name, ""
	}
	browser, system = name[:at], name[at+len(" on "):]
	if browser == unknownBrowser {
		browser = ""
	}
	return browser, system
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
