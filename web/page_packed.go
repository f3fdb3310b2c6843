package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"

	"doorward/web/view"
)

// minPacked is the least that a page has to have, in bytes, for packing to save a packet.
const minPacked = 1400

// packers are writers that are used again: each holds 0.8 MB of tables.
var packers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return w
}}

// packed is a page as gzip for a browser that reads it, nil where it goes as it is.
func (c *call) packed(p view.Framed, page []byte) []byte {
	if len(page) < minPacked || !mayBePacked(p) || c.r.Method != http.MethodGet || !takesGzip(c.r.Header) {
		return nil
	}
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	var out bytes.Buffer
	out.Grow(len(page) / 3)
	w.Reset(&out)
	w.Name = padding()
	if _, err := w.Write(page); err != nil || w.Close() != nil {
		return nil
	}
	return out.Bytes()
}

// mayBePacked tells which pages hold nothing to be guessed: by how well a page packs, whoever can make a browser ask for
// it with words of their own, and sees how long the answers are, learns whether it has these words already. So links in
// mails and the secret of a new API key stay out of it, and what is left has padding.
func mayBePacked(p view.Framed) bool {
	switch p := p.(type) {
	case *view.Mail, *view.DevMail:
		return false
	case *view.Keys:
		return p.Made == nil
	}
	return true
}

// padding is a file's name in the head of the packed page, which no browser reads. Its length, 1 to 64, is drawn anew
// each time, so that the page's length tells little.
func padding() string {
	var drawn [1]byte
	_, _ = rand.Read(drawn[:]) // never fails
	return strings.Repeat("-", int(drawn[0])%64+1)
}
