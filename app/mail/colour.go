package mail

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

// colour is an sRGB colour. Mail programs understand no more than that, and the button's text must be chosen to be
// readable on it, so the operator's accent is read rather than passed on.
type colour struct{ r, g, b uint8 }

var (
	hexColour = regexp.MustCompile(`^#(?:[0-9a-f]{3}|[0-9a-f]{6})$`)
	rgbColour = regexp.MustCompile(`^rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)$`)
)

func parseColour(css string) (colour, error) {
	css = strings.ToLower(strings.TrimSpace(css))
	if css == "" {
		css = ourAccent
	}
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
		return of(named), nil
	}
	return colour{}, errors.New("accent: write it as #rrggbb, rgb(r, g, b) or the name of a CSS colour")
}

func of(c color.RGBA) colour { return colour{c.R, c.G, c.B} }

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// textOn is the colour, of two, that is easier to read on c.
func (c colour) textOn() colour {
	light, dark := colour{0xff, 0xff, 0xff}, colour{0x11, 0x13, 0x15}
	if contrast(c, light) >= contrast(c, dark) {
		return light
	}
	return dark
}

// contrast is the ratio of WCAG 2, from 1 to 21.
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
