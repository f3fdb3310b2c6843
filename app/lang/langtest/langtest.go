// Package langtest holds the texts of a room to what every language must have, and the room to the texts that there are.
package langtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"doorward/app/lang"
)

// Check holds a book: every language has every text with the same places, and whoever counts counts as the language
// does; no text holds HTML or an exclamation mark.
func Check(t *testing.T, book *lang.Book) {
	t.Helper()
	english := keys(t, book.In(lang.English))
	for _, language := range lang.Shipped() {
		texts := book.In(language)
		own := keys(t, texts)
		for _, key := range english {
			if !slices.Contains(own, key) {
				t.Errorf("%s lacks %s", language, key)
				continue
			}
			checkText(t, book, language, key)
		}
		for _, key := range own {
			if !slices.Contains(english, key) {
				t.Errorf("%s has %s, which English has not", language, key)
			}
		}
	}
}

func keys(t *testing.T, texts *lang.Texts) []string {
	t.Helper()
	keys, err := texts.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) == 0 {
		t.Fatalf("%s has no texts", texts.Lang())
	}
	return keys
}

func forms(t *testing.T, texts *lang.Texts, key string) map[string][]lang.Piece {
	t.Helper()
	forms, err := texts.Forms(key)
	if err != nil {
		t.Fatal(err)
	}
	return forms
}

func checkText(t *testing.T, book *lang.Book, language, key string) {
	t.Helper()
	english, own := forms(t, book.In(lang.English), key), forms(t, book.In(language), key)
	counts := len(english) > 1
	want := []string{"other"}
	if counts {
		want = formsOf(language)
	}
	if got := slices.Sorted(maps.Keys(own)); !slices.Equal(got, want) {
		t.Errorf("%s: %s has the forms %q, want %q", language, key, got, want)
	}
	places := Places(english["other"])
	for name, form := range own {
		if got := Places(form); !samePlaces(got, places, counts) {
			t.Errorf("%s: %s (%s) has the places %q, English has %q", language, key, name, got, places)
		}
		for _, piece := range form {
			if strings.ContainsAny(piece.Words, "<>&!\n\t") || strings.Contains(piece.Words, "！") {
				t.Errorf("%s: %s reads %q", language, key, piece.Words)
			}
		}
		checkPairs(t, language, key, form)
	}
}

// samePlaces lets a form that counts leave out the number: "a minute".
func samePlaces(got, want []string, counts bool) bool {
	if counts {
		isCount := func(name string) bool { return name == "n" }
		got, want = slices.DeleteFunc(slices.Clone(got), isCount), slices.DeleteFunc(slices.Clone(want), isCount)
	}
	return slices.Equal(got, want)
}

// checkPairs holds that what is begun is ended, and nothing begins in between.
func checkPairs(t *testing.T, language, key string, form []lang.Piece) {
	t.Helper()
	ended := map[string]bool{}
	for _, piece := range form {
		ended[piece.Name] = ended[piece.Name] || piece.Ends
	}
	open := ""
	for _, piece := range form {
		switch {
		case piece.Name == "" || !ended[piece.Name]:
		case piece.Ends && open == piece.Name:
			open = ""
		case !piece.Ends && open == "":
			open = piece.Name
		default:
			t.Errorf("%s: %s: {%s} is not in a pair", language, key, piece.Name)
		}
	}
	if open != "" {
		t.Errorf("%s: %s: {%s} has no end", language, key, open)
	}
}

// Places names the places of a form, each once, in order. A pair's second has its slash.
func Places(form []lang.Piece) []string {
	var names []string
	for _, piece := range form {
		switch {
		case piece.Ends:
			names = append(names, "/"+piece.Name)
		case piece.Name != "":
			names = append(names, piece.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// formsOf names the forms that a language counts in.
func formsOf(language string) []string {
	found := map[string]bool{"other": true}
	for n := range int64(1000) {
		found[lang.FormOf(language, n)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// Use is one place of the room that says a text.
type Use struct {
	Where  string   // for the error
	Key    string   // of the text, or with Any what its keys begin with
	Any    bool     // every text of such a key is said, by a name that only running tells
	Values []string // the names of the values that are given; nil where they are not known
}

// CheckUses holds that every text that is said is there, and every text is said, with the values that it has places for.
func CheckUses(t *testing.T, book *lang.Book, uses []Use) {
	t.Helper()
	texts := book.In(lang.English)
	said := map[string]bool{}
	all := keys(t, texts)
	for _, use := range uses {
		found := false
		for _, key := range all {
			if key == use.Key || use.Any && strings.HasPrefix(key, use.Key) {
				said[key], found = true, true
			}
		}
		switch {
		case !found:
			t.Errorf("%s says %s, which is no text", use.Where, use.Key)
		case use.Values != nil && !use.Any:
			checkValues(t, use, forms(t, texts, use.Key))
		}
	}
	for _, key := range all {
		if !said[key] {
			t.Errorf("nothing says %s", key)
		}
	}
}

func checkValues(t *testing.T, use Use, forms map[string][]lang.Piece) {
	t.Helper()
	want := map[string]bool{}
	if len(forms) > 1 {
		want["n"] = true
	}
	for _, form := range forms {
		for _, place := range Places(form) {
			want[strings.TrimPrefix(place, "/")] = true
		}
	}
	given := slices.Sorted(slices.Values(use.Values))
	if places := slices.Sorted(maps.Keys(want)); !slices.Equal(given, places) {
		t.Errorf("%s says %s with %q, which has the places %q", use.Where, use.Key, given, places)
	}
}
