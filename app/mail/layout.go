package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"

	"golang.org/x/text/width"
)

//go:embed templates/letter.txt templates/letter.html
var layoutFiles embed.FS

// textWidth is how wide a line of plain text may be, in Latin letters.
const textWidth = 72

// layout sets a letter as text and as HTML.
type layout struct {
	text *template.Template
	html *htmltemplate.Template
}

func parseLayout() (*layout, error) {
	text, err := template.New("letter.txt").Funcs(template.FuncMap{"wrap": wrap}).ParseFS(layoutFiles, "templates/letter.txt")
	if err != nil {
		return nil, fmt.Errorf("mail layout: %w", err)
	}
	html, err := htmltemplate.ParseFS(layoutFiles, "templates/letter.html")
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

// wrap breaks a paragraph into lines: between words, and in scripts that are written without spaces between letters.
func wrap(paragraph string) string {
	var lines []string
	line := ""
	for paragraph != "" {
		piece, rest := cutPiece(paragraph)
		if line != "" && columns(line)+columns(strings.TrimRight(piece, " ")) > textWidth {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += piece
		paragraph = rest
	}
	return strings.Join(append(lines, strings.TrimRight(line, " ")), "\n")
}

const (
	neverFirst = "、。，．・：；？！）」』】〉》ー々〜…ぁぃぅぇぉっゃゅょァィゥェォッャュョ" // of a line
	neverLast  = "（「『【〈《"
)

// cutPiece cuts off what has to stay on one line, with the spaces behind it.
func cutPiece(text string) (piece, rest string) {
	before := rune(0)
	for i, r := range text {
		switch {
		case before == ' ' && r != ' ',
			(isWide(before) || isWide(r)) && r != ' ' && before != 0 &&
				!strings.ContainsRune(neverFirst, r) && !strings.ContainsRune(neverLast, before):
			return text[:i], text[i:]
		}
		before = r
	}
	return text, ""
}

// columns is how wide a text is, in Latin letters.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if isWide(r) {
			n++
		}
	}
	return n
}

func isWide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
