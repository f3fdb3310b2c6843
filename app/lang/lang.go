// Package lang is what pages and mails need to speak a language: which languages there are and which of them somebody
// reads (choice.go), the texts of a room in all of them (book.go, text.go), and how each writes numbers and dates
// (writing.go). It knows nothing of accounts, pages or mails: each room keeps its texts beside itself, in one folder a
// language, and reads them through a Book.
//
// Nothing is parsed before it is asked for: a program starts as fast with seven languages as with one.
package lang

import "slices"

// English is the language in which texts are written first. What any other language lacks, a test misses.
const English = "en"

// shipped are the languages that there are texts in. The first is what is read where nothing says otherwise.
var shipped = []string{English, "de", "fr", "es", "uk", "ja", "ar"}

// Shipped lists the languages that there are texts in.
func Shipped() []string { return slices.Clone(shipped) }

// IsShipped tells whether there are texts in a language, named exactly.
func IsShipped(language string) bool { return slices.Contains(shipped, language) }

// Direction is how a language runs: `ltr` or `rtl`.
func Direction(language string) string {
	if rightToLeft(language) {
		return "rtl"
	}
	return "ltr"
}

func rightToLeft(language string) bool { return language == "ar" }
