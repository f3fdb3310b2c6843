package view

import (
	"fmt"

	"doorward/app/colour"
)

// What the stylesheet's grounds are; a test holds that they are the same there.
var (
	lightGround = colour.RGB{R: 0xf8, G: 0xf8, B: 0xf6}
	darkGround  = colour.RGB{R: 0x16, G: 0x18, B: 0x1b}
	darkSurface = colour.RGB{R: 0x1e, G: 0x21, B: 0x25}
)

// accent is the operator's colour as it is used on one ground: as a link on it, and as a button under text.
type accent struct{ accent, text colour.RGB }

// fitAccent moves a colour, keeping its hue, towards black or white until it can be read as a link on every ground, and
// chooses the text that can be read on it.
func fitAccent(c colour.RGB, grounds []colour.RGB, towards colour.RGB) accent {
	fitted := c
	for part := 0.0; part < 1 && !readableOn(fitted, grounds); part += 0.02 {
		fitted = c.Mix(towards, part)
	}
	return accent{fitted, fitted.TextOn()}
}

func readableOn(c colour.RGB, grounds []colour.RGB) bool {
	for _, ground := range grounds {
		if colour.Contrast(c, ground) < colour.Readable {
			return false
		}
	}
	return true
}

// siteAccents are the operator's colour in light and dark.
func siteAccents(css string) (light, dark accent, err error) {
	c, err := colour.Parse(css)
	if err != nil {
		return accent{}, accent{}, err
	}
	return fitAccent(c, []colour.RGB{lightGround, colour.Paper}, colour.RGB{}), fitAccent(c, []colour.RGB{darkGround, darkSurface}, colour.Paper), nil
}

// siteStyle is the stylesheet that puts the operator's colour in place of ours.
func siteStyle(light, dark accent) string {
	return fmt.Sprintf(":root { --accent: %s; --accent-text: %s; }\n@media (prefers-color-scheme: dark) {\n:root { --accent: %s; --accent-text: %s; }\n}\n",
		light.accent, light.text, dark.accent, dark.text)
}
