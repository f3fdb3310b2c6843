// Package colour reads a colour as an operator writes it and reckons how well it can be read, for pages and mails alike.
package colour

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// RGB is an sRGB colour, each part from 0 to 255.
type RGB struct{ R, G, B uint8 }

// The two that text on a colour may have: paper white and ink.
var (
	Paper = RGB{0xff, 0xff, 0xff}
	Ink   = RGB{0x11, 0x13, 0x15}
)

// Readable is the contrast that text needs (WCAG 2, level AA).
const Readable = 4.5

var (
	hexForm = regexp.MustCompile(`^#(?:[0-9a-f]{3}|[0-9a-f]{6})$`)
	rgbForm = regexp.MustCompile(`^rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)$`)
)

// Parse reads #rgb, #rrggbb, rgb(r, g, b) or the name of a CSS colour. The value is read rather than passed on: contrast
// is reckoned with it, and nothing but a colour reaches a style. The error says how to write one.
func Parse(css string) (RGB, error) {
	css = strings.ToLower(strings.TrimSpace(css))
	if hexForm.MatchString(css) {
		digits := css[1:]
		if len(digits) == 3 {
			digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
		}
		value, err := strconv.ParseUint(digits, 16, 32)
		return RGB{uint8(value >> 16), uint8(value >> 8), uint8(value)}, err
	}
	if parts := rgbForm.FindStringSubmatch(css); parts != nil {
		var rgb [3]uint8
		for i := range rgb {
			value, err := strconv.ParseUint(parts[i+1], 10, 8)
			if err != nil {
				return RGB{}, errors.New("accent: rgb() takes numbers from 0 to 255")
			}
			rgb[i] = uint8(value)
		}
		return RGB{rgb[0], rgb[1], rgb[2]}, nil
	}
	if named, ok := colornames.Map[css]; ok {
		return RGB{named.R, named.G, named.B}, nil
	}
	return RGB{}, errors.New("accent: write it as #rrggbb, rgb(r, g, b) or the name of a CSS colour")
}

// String is #rrggbb, which the oldest mail program understands.
func (c RGB) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Mix is c with a part of another colour, from 0 to 1, as CSS' color-mix does it in sRGB.
func (c RGB) Mix(with RGB, part float64) RGB {
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-part) + float64(b)*part)) }
	return RGB{blend(c.R, with.R), blend(c.G, with.G), blend(c.B, with.B)}
}

// TextOn is the colour, of Paper and Ink, that is easier to read on c.
func (c RGB) TextOn() RGB {
	if Contrast(c, Paper) >= Contrast(c, Ink) {
		return Paper
	}
	return Ink
}

// Contrast is WCAG 2's ratio, from 1 to 21.
func Contrast(a, b RGB) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c RGB) luminance() float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
