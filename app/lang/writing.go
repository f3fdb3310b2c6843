package lang

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// writing is how a language writes numbers and dates. The digits are the Western ones in every language: pages and mails
// are full of addresses, codes and times, which are written in them everywhere, and two kinds of digits in one line help
// nobody.
type writing struct {
	group    string // between groups of three digits
	grouped  int    // digits from which groups are set
	months   [12]string
	date     string // {day} {month} {year}
	monthDay string // a day of this year
	glue     string // between a date and a time of day
	list     string // between the members of a list
	between  string // between two sentences
}

const (
	thinSpace  = "\u202f" // both do not break a line
	fixedSpace = "\u00a0"
)

var writings = map[string]writing{
	"en": {
		",", 4, [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		"{day} {month} {year}", "{day} {month}", ", ", ", ", " ",
	},
	"de": {
		".", 4, [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		"{day}. {month} {year}", "{day}. {month}", ", ", ", ", " ",
	},
	"fr": {
		thinSpace, 4, [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		"{day} {month} {year}", "{day} {month}", " à ", ", ", " ",
	},
	"es": {
		".", 5, [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		"{day} de {month} de {year}", "{day} de {month}", ", ", ", ", " ",
	},
	"uk": {
		fixedSpace, 4, [12]string{"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"},
		"{day} {month} {year}" + fixedSpace + "р.", "{day} {month}", ", ", ", ", " ",
	},
	"ja": {
		",", 4, [12]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
		"{year}年{month}月{day}日", "{month}月{day}日", " ", "、", "",
	},
	"ar": {
		",", 4, [12]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
		"{day} {month} {year}", "{day} {month}", "، ", "، ", " ",
	},
}

func (t *Texts) writing() writing { return writings[t.lang] }

// Number writes a whole number.
func (t *Texts) Number(n int64) string {
	w := t.writing()
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "\u2212", digits[1:]
	}
	if len(digits) < w.grouped {
		return sign + digits
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), w.group)
}

// Date writes the day of a time, in the zone that the time is in.
func (t *Texts) Date(at time.Time) string { return t.day(at, t.writing().date) }

// MonthDay writes the day of a time that is in the present year.
func (t *Texts) MonthDay(at time.Time) string { return t.day(at, t.writing().monthDay) }

// DateTime writes the day and the time of day.
func (t *Texts) DateTime(at time.Time) string {
	return t.Date(at) + t.writing().glue + at.Format("15:04")
}

func (t *Texts) day(at time.Time, pattern string) string {
	day := strconv.Itoa(at.Day())
	if t.lang == "fr" && day == "1" {
		day = "1er"
	}
	return strings.NewReplacer("{day}", day, "{month}", t.writing().months[at.Month()-1], "{year}", strconv.Itoa(at.Year())).Replace(pattern)
}

// Between stands between two sentences.
func (t *Texts) Between() string { return t.writing().between }

// List writes the members of a list in one line.
func (t *Texts) List(members []string) string {
	kept := make([]string, 0, len(members))
	for _, one := range members {
		kept = append(kept, t.isolated(one))
	}
	return strings.Join(kept, t.writing().list)
}

// isolated keeps a value that may run the other way than the language to itself, so that it can't turn its neighbours
// around: an address in an Arabic sentence, an Arabic name in an English one.
func (t *Texts) isolated(value string) string {
	turns := leftToRightRune
	if !rightToLeft(t.lang) {
		turns = rightToLeftRune
	}
	if strings.IndexFunc(value, turns) < 0 || strings.HasPrefix(value, firstStrongIsolate) {
		return value
	}
	return firstStrongIsolate + value + popIsolate
}

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

func rightToLeftRune(r rune) bool {
	if r < unicode.MaxLatin1 {
		return false
	}
	properties, _ := bidi.LookupRune(r)
	class := properties.Class()
	return class == bidi.R || class == bidi.AL
}

// leftToRightRune takes digits and signs too: where a value begins or ends with them, they would wander.
func leftToRightRune(r rune) bool { return !rightToLeftRune(r) && !unicode.IsSpace(r) }
