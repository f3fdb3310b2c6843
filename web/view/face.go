package view

import (
	"strings"
	"unicode"

	"doorward/app"
)

// tones is how many colours the stylesheet has for faces without a picture.
const tones = 8

// Face is how a person looks on a page: their picture, or their initials on a colour of their own.
type Face struct {
	Name     string // what the person is called
	Initials string
	Tone     int    // 0 to 7: the class `tone-N`
	Avatar   string // the id of a picture that is ready; "" for none
}

// NewFace is a user's face.
func NewFace(u *app.User) Face {
	f := Face{Name: u.DisplayName(), Initials: initials(u), Tone: int(mix(uint64(u.ID)) % tones)}
	if u.Avatar != nil && u.Avatar.Status == app.AvatarReady {
		f.Avatar = u.Avatar.ID
	}
	return f
}

// mix spreads ids, which follow each other, over the colours.
func mix(id uint64) uint64 {
	id *= 0x9e3779b97f4a7c15
	return id >> 32
}

// initials are one or two letters: of first and last name, else of the username or address.
func initials(u *app.User) string {
	first, last := initial(u.FirstName), initial(u.LastName)
	if first+last != "" {
		return first + last
	}
	for _, name := range []string{u.Username, u.Email} {
		if one := initial(name); one != "" {
			return one
		}
	}
	return "?"
}

// initial is a name's first letter or digit with the marks that belong to it, in upper case.
func initial(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		end := i + 1
		for end < len(runes) && end < i+3 && unicode.Is(unicode.M, runes[end]) {
			end++
		}
		return strings.ToUpper(string(runes[i:end]))
	}
	return ""
}
