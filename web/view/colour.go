package view

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// colour is an sRGB colour, each part from 0 to 255.
type colour struct{ r, g, b uint8 }

// What the stylesheet's grounds are; a test holds that they are the same there.
var (
	lightGround = colour{0xf8, 0xf8, 0xf6}
	darkGround  = colour{0x16, 0x18, 0x1b}
	darkSurface = colour{0x1e, 0x21, 0x25}
	paper       = colour{0xff, 0xff, 0xff}
	ink         = colour{0x11, 0x13, 0x15}
)

// readable is the contrast that text needs (WCAG 2, level AA).
const readable = 4.5

// accent is the operator's colour as it is used on one ground: as a link on it, and as a button under text.
type accent struct{ accent, text colour }

// fitAccent moves a colour, keeping its hue, towards black or white until it can be read as a link on every ground, and
// chooses the text that can be read on it.
func fitAccent(c colour, grounds []colour, towards colour) accent {
	fitted := c
	for part := 0.0; part < 1 && !readableOn(fitted, grounds); part += 0.02 {
		fitted = c.mix(towards, part)
	}
	if contrast(fitted, paper) >= contrast(fitted, ink) {
		return accent{fitted, paper}
	}
	return accent{fitted, ink}
}

func readableOn(c colour, grounds []colour) bool {
	for _, ground := range grounds {
		if contrast(c, ground) < readable {
			return false
		}
	}
	return true
}

// siteAccents are the operator's colour in light and dark.
func siteAccents(css string) (light, dark accent, err error) {
	c, err := parseColour(css)
	if err != nil {
		return accent{}, accent{}, err
	}
	return fitAccent(c, []colour{lightGround, paper}, colour{}), fitAccent(c, []colour{darkGround, darkSurface}, paper), nil
}

// siteStyle is the stylesheet that puts the operator's colour in place of ours.
func siteStyle(light, dark accent) string {
	return fmt.Sprintf(":root { --accent: %s; --accent-text: %s; }\n@media (prefers-color-scheme: dark) {\n:root { --accent: %s; --accent-text: %s; }\n}\n",
		light.accent, light.text, dark.accent, dark.text)
}

var (
	hexColour = regexp.MustCompile(`^#(?:[0-9a-f]{3}|[0-9a-f]{6})$`)
	rgbColour = regexp.MustCompile(`^rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)$`)
)

// parseColour reads a colour as an operator writes it. The value is read rather than passed on: contrast is reckoned
// with it, and nothing but a colour reaches the stylesheet.
func parseColour(css string) (colour, error) {
	css = strings.ToLower(strings.TrimSpace(css))
	if hexColour.MatchString(css) {
		digits := css[1:]
		if len(digits) == 3 {
			digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
		}
		value, err := strconv.ParseUint(digits, 16, 32)
		return colour{uint8(value >> 16), uint8(value >> 8), uint8(value)}, err
	}
	if parts := rgbColour.FindStringSubmatch(css); parts != nil {
		var rgb [3]uint8
		for i := range rgb {
			value, err := strconv.ParseUint(parts[i+1], 10, 8)
			if err != nil {
				return colour{}, errors.New("accent: rgb() takes numbers from 0 to 255")
			}
			rgb[i] = uint8(value)
		}
		return colour{rgb[0], rgb[1], rgb[2]}, nil
	}
	if named, ok := colornames.Map[css]; ok {
		return ofRGBA(named), nil
	}
	return colour{}, errors.New("accent: write it as #rrggbb, rgb(r, g, b) or the name of a CSS colour")
}

func ofRGBA(c color.RGBA) colour { return colour{c.R, c.G, c.B} }

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// mix is c with a part of another colour, from 0 to 1, as CSS' color-mix does it in sRGB.
func (c colour) mix(with colour, part float64) colour {
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-part) + float64(b)*part)) }
	return colour{blend(c.r, with.r), blend(c.g, with.g), blend(c.b, with.b)}
}

// contrast is WCAG 2's ratio, from 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}
