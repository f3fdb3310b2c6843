package lang

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A text holds words and places for values, `{name}`, and may enclose words in a pair of places, `{link}…{/link}`. A text
// that counts something has a form for each way in which its language counts, named as the Unicode CLDR names them, and
// is told the count as `n`:
//
//	found.one = "{n} account"
//	found.other = "{n} accounts"
type text struct {
	forms map[string][]Piece
}

// Piece is a part of a text: words as they are, or a value's place.
type Piece struct {
	Words string
	Name  string // of a place
	Ends  bool   // the place is the second of a pair: {/name}
	Value any    // what was given for the place
}

// count is the name of the value that a counting text chooses its form by.
const count = "n"

// other is the form that every language has, and the only one of a text that counts nothing.
const other = "other"

var formNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: other,
}

func newText(language string, forms map[string]any) (*text, error) {
	t := &text{map[string][]Piece{}}
	for name, value := range forms {
		words, isText := value.(string)
		if !isText {
			return nil, fmt.Errorf("its form %q is no text", name)
		}
		pieces, err := cut(typeset(language, words))
		if err != nil {
			return nil, err
		}
		t.forms[name] = pieces
	}
	return t, nil
}

// french are the spaces that French sets beside some signs, and no line breaks at. In files of texts they are written as
// any other.
var french = strings.NewReplacer(
	" ?", thinSpace+"?", " !", thinSpace+"!", " ;", thinSpace+";", " :", fixedSpace+":", "« ", "«"+fixedSpace, " »", fixedSpace+"»",
)

func typeset(language, words string) string {
	if language == "fr" {
		return french.Replace(words)
	}
	return words
}

// cut cuts a text at its places.
func cut(words string) ([]Piece, error) {
	var pieces []Piece
	for words != "" {
		before, rest, found := strings.Cut(words, "{")
		if before != "" {
			pieces = append(pieces, Piece{Words: before})
		}
		if !found {
			break
		}
		place, after, closed := strings.Cut(rest, "}")
		name, ends := strings.CutPrefix(place, "/")
		if !closed || !isPlace(name) {
			return nil, fmt.Errorf("the place {%s is not written as {name}", place)
		}
		pieces = append(pieces, Piece{Name: name, Ends: ends})
		words = after
	}
	return pieces, nil
}

func isPlace(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Pieces is a text in pieces, each place with its value. Values are given as pairs of a name and a value: what is for
// the room to understand (a link), a string, or a whole number, which becomes a string as the language writes it.
func (t *Texts) Pieces(key string, values ...any) ([]Piece, error) {
	found, err := t.find(key)
	if err != nil {
		return nil, err
	}
	form, err := t.form(found, values)
	if err != nil {
		return nil, fmt.Errorf("text %s: %w", key, err)
	}
	pieces := slices.Clone(form)
	for i := range pieces {
		if pieces[i].Name == "" {
			continue
		}
		value, given := valueOf(values, pieces[i].Name)
		if !given {
			return nil, fmt.Errorf("text %s: no value for {%s}", key, pieces[i].Name)
		}
		pieces[i].Value = t.written(value)
	}
	return pieces, nil
}

// Say is a whole text with its values.
func (t *Texts) Say(key string, values ...any) (string, error) {
	pieces, err := t.Pieces(key, values...)
	if err != nil {
		return "", err
	}
	var said strings.Builder
	for _, piece := range pieces {
		if piece.Name == "" {
			said.WriteString(piece.Words)
			continue
		}
		words, isString := piece.Value.(string)
		if !isString {
			return "", fmt.Errorf("text %s: {%s} is a %T, which words alone can't hold", key, piece.Name, piece.Value)
		}
		said.WriteString(words)
	}
	return said.String(), nil
}

// form is the form of a text for what it counts.
func (t *Texts) form(found *text, values []any) ([]Piece, error) {
	if len(found.forms) == 1 {
		return found.forms[other], nil
	}
	value, given := valueOf(values, count)
	n, whole := wholeNumber(value)
	if !given || !whole {
		return nil, fmt.Errorf("it counts, and needs a whole number as %q", count)
	}
	form, known := found.forms[FormOf(t.lang, n)]
	if !known {
		return found.forms[other], nil
	}
	return form, nil
}

// FormOf names the form in which a language counts n things.
func FormOf(lang string, n int64) string {
	if n < 0 {
		n = -n
	}
	return formNames[plural.Cardinal.MatchPlural(language.Make(lang), int(n%1_000_000), 0, 0, 0, 0)]
}

func valueOf(values []any, name string) (any, bool) {
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] == name {
			return values[i+1], true
		}
	}
	return nil, false
}

func wholeNumber(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// written is a value as it stands in a sentence of the language.
func (t *Texts) written(value any) any {
	if n, whole := wholeNumber(value); whole {
		return t.Number(n)
	}
	if words, isString := value.(string); isString {
		return t.isolated(words)
	}
	return value
}
