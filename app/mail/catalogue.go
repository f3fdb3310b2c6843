package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"path"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

//go:embed templates/letter.txt templates/letter.html texts/*.tmpl
var files embed.FS

const (
	fallbackLang = "en"
	textWidth    = 72 // characters of a line of plain text
)

// catalogue is every sentence of the mails in one language.
type catalogue struct {
	lang      string
	templates *template.Template
}

func parseCatalogues() (map[string]*catalogue, error) {
	entries, err := files.ReadDir("texts")
	if err != nil {
		return nil, fmt.Errorf("mail texts: %w", err)
	}
	all := make(map[string]*catalogue, len(entries))
	for _, entry := range entries {
		lang := strings.TrimSuffix(entry.Name(), ".tmpl")
		parsed, err := template.ParseFS(files, path.Join("texts", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("mail texts: %w", err)
		}
		all[lang] = &catalogue{lang, parsed}
	}
	return all, nil
}

// catalogueOf finds the receiver's language: as it is, without its region, else English.
func (c *Composer) catalogueOf(locale string) *catalogue {
	language, _, _ := strings.Cut(locale, "-")
	for _, lang := range []string{locale, language} {
		if found := c.catalogues[lang]; found != nil {
			return found
		}
	}
	return c.catalogues[fallbackLang]
}

// moment says a time in the receiver's zone, and names the zone. "" for the zero time.
func (c *catalogue) moment(at time.Time, timezone string) string {
	if at.IsZero() {
		return ""
	}
	location, label := zone(timezone)
	var out strings.Builder
	err := c.templates.ExecuteTemplate(&out, "moment", struct {
		At   time.Time
		Zone string
	}{at.In(location), label})
	if err != nil { // a catalogue without it: NewComposer refuses that by the sentences; the time is right in any case
		return at.UTC().Format(time.RFC3339)
	}
	return out.String()
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
	return location, timezone
}

// sentences makes the sentences of one mail; the first error stays.
type sentences struct {
	cat   *catalogue
	kind  string
	words words
	err   error
}

func (s *sentences) own(part string) string { return s.shared(s.kind + "." + part) }

func (s *sentences) shared(name string) string {
	var out strings.Builder
	if err := s.cat.templates.ExecuteTemplate(&out, name, s.words); err != nil && s.err == nil {
		s.err = fmt.Errorf("mail texts: %w", err)
	}
	// Not strings.Fields: a no-break space before a colon is part of some languages.
	parts := strings.FieldsFunc(out.String(), func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	return strings.Join(parts, " ")
}

// layout sets a letter as text and as HTML.
type layout struct {
	text *template.Template
	html *htmltemplate.Template
}

func parseLayout() (*layout, error) {
	text, err := template.New("letter.txt").Funcs(template.FuncMap{"wrap": wrap}).ParseFS(files, "templates/letter.txt")
	if err != nil {
		return nil, fmt.Errorf("mail layout: %w", err)
	}
	html, err := htmltemplate.ParseFS(files, "templates/letter.html")
	if err != nil {
		return nil, fmt.Errorf("mail layout: %w", err)
	}
	return &layout{text, html}, nil
}

func (l *layout) render(letter letter) (text, html string, err error) {
	var asText, asHTML strings.Builder
	if err := l.text.Execute(&asText, letter); err != nil {
		return "", "", fmt.Errorf("mail layout: %w", err)
	}
	if err := l.html.Execute(&asHTML, letter); err != nil {
		return "", "", fmt.Errorf("mail layout: %w", err)
	}
	return strings.TrimSpace(asText.String()) + "\n", asHTML.String(), nil
}

// wrap breaks a paragraph into lines between words.
func wrap(paragraph string) string {
	var out strings.Builder
	width := 0
	for i, word := range strings.Split(paragraph, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+length > textWidth:
			out.WriteByte('\n')
			width = 0
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += length
	}
	return out.String()
}
