package view

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"doorward/app/colour"
)

// tokens reads the colours that the stylesheet names, in light and dark.
func tokens(t *testing.T) (light, dark map[string]colour.RGB) {
	t.Helper()
	css, err := staticFiles.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), 2)
	if len(blocks) != 2 {
		t.Fatal("the stylesheet has no light and dark tokens")
	}
	read := func(block string) map[string]colour.RGB {
		found := map[string]colour.RGB{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			c, err := colour.Parse(m[2])
			if err != nil {
				t.Fatal(err)
			}
			found[m[1]] = c
		}
		return found
	}
	return read(blocks[0][1]), read(blocks[1][1])
}

func TestEveryPairOfColoursCanBeRead(t *testing.T) {
	t.Parallel()
	light, dark := tokens(t)
	for name, set := range map[string]map[string]colour.RGB{"light": light, "dark": dark} {
		if len(set) != 10 {
			t.Errorf("%s: %d tokens, want the ten of the look", name, len(set))
		}
		for _, ground := range []string{"ground", "surface"} {
			for _, text := range []string{"text", "quiet", "accent", "good", "warn", "bad"} {
				if got := colour.Contrast(set[text], set[ground]); got < colour.Readable {
					t.Errorf("%s: --%s on --%s has a contrast of %.2f", name, text, ground, got)
				}
			}
			edge := set["quiet"].Mix(set["surface"], 0.2)
			if got := colour.Contrast(edge, set[ground]); got < 3 {
				t.Errorf("%s: a control's edge on --%s has a contrast of %.2f", name, ground, got)
			}
		}
		hover := set["accent"].Mix(set["text"], 0.14)
		for what, ground := range map[string]colour.RGB{"a button": set["accent"], "a button under the pointer": hover} {
			if got := colour.Contrast(set["accent-text"], ground); got < colour.Readable {
				t.Errorf("%s: the text of %s has a contrast of %.2f", name, what, got)
			}
		}
	}
	if light["ground"] != lightGround || light["surface"] != colour.Paper || dark["ground"] != darkGround || dark["surface"] != darkSurface {
		t.Error("the grounds that the operator's colour is fitted to are not the stylesheet's")
	}
}

func TestInitialsCanBeReadOnEveryTone(t *testing.T) {
	t.Parallel()
	css, err := staticFiles.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\.tone-(\d) rect \{ fill: (#[0-9a-f]{6}); \}`).FindAllStringSubmatch(string(css), -1)
	if len(found) != tones {
		t.Fatalf("%d tones, want %d", len(found), tones)
	}
	for _, m := range found {
		c, err := colour.Parse(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if got := colour.Contrast(c, colour.Paper); got < colour.Readable {
			t.Errorf("tone %s has a contrast of %.2f", m[1], got)
		}
	}
}

func TestAnyAccentIsMadeReadable(t *testing.T) {
	t.Parallel()
	css := []string{"#fff", "#000000", "#ffd400", "rgb(255, 0, 255)", "hotpink", "#808080", "#0b6e5f", " #00FF00 "}
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				css = append(css, fmt.Sprintf("rgb(%d %d %d)", r, g, b))
			}
		}
	}
	for _, one := range css {
		light, dark, err := siteAccents(one)
		if err != nil {
			t.Errorf("%s: %v", one, err)
			continue
		}
		for _, c := range []struct {
			what string
			a, b colour.RGB
		}{
			{"a link in light", light.accent, lightGround},
			{"a link on light paper", light.accent, colour.Paper},
			{"a button in light", light.accent, light.text},
			{"a link in dark", dark.accent, darkGround},
			{"a link on a dark surface", dark.accent, darkSurface},
			{"a button in dark", dark.accent, dark.text},
		} {
			if got := colour.Contrast(c.a, c.b); got < colour.Readable {
				t.Errorf("%s: %s has a contrast of %.2f", one, c.what, got)
			}
		}
	}
	if light, _, _ := siteAccents("#0b6e5f"); light.accent.String() != "#0b6e5f" {
		t.Errorf("a colour that can be read was changed to %s", light.accent)
	}
}

func TestNothingButColoursReachesTheSitesStyle(t *testing.T) {
	t.Parallel()
	light, dark, err := siteAccents("gold")
	if err != nil {
		t.Fatal(err)
	}
	style := siteStyle(light, dark)
	if !regexp.MustCompile(`^[-:;{}() a-z0-9#@\n]+$`).MatchString(style) || strings.Count(style, "--accent:") != 2 {
		t.Errorf("the style reads %s", style)
	}
}
