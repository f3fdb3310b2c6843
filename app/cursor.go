package app

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// A cursor is a place in a list, sealed with the data folder's key to the name of that list: it holds an address or a
// name, which is nobody's business in a URL, and only what was given out leads anywhere.

var cursorText = base64.RawURLEncoding.Strict()

// maxCursor is more than any cursor takes.
const maxCursor = 4096

func (a *Accounts) sealCursor(p UserPlace, list string) (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("seal a cursor: %w", err)
	}
	aead, err := tokenCipher(a.keys.Seal)
	if err != nil {
		return "", fmt.Errorf("seal a cursor: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return cursorText.EncodeToString(aead.Seal(nonce, nonce, text, cursorOf(list))), nil
}

// openCursor tells whether a cursor was given out for a list, and where it leads.
func (a *Accounts) openCursor(cursor, list string) (p UserPlace, good bool) {
	if len(cursor) > maxCursor {
		return p, false
	}
	sealed, err := cursorText.DecodeString(cursor)
	if err != nil {
		return p, false
	}
	aead, err := tokenCipher(a.keys.Seal)
	if err != nil || len(sealed) < aead.NonceSize() {
		return p, false
	}
	text, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], cursorOf(list))
	if err != nil {
		return p, false
	}
	return p, json.Unmarshal(text, &p) == nil
}

// cursorOf keeps cursors apart from what else is sealed with that key.
func cursorOf(list string) []byte { return []byte("cursor\x00" + list) }
