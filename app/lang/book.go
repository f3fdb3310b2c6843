package lang

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// Book is the texts of one room: a folder for each shipped language, and in it a TOML file for each part of the room.
// The text `login.title` is the key `title` of login.toml. A key may have dots itself, for tables.
type Book struct {
	files fs.FS
	texts map[string]*Texts
}

// NewBook is the book of a folder that holds the languages' folders.
func NewBook(files fs.FS) *Book {
	b := &Book{files, make(map[string]*Texts, len(shipped))}
	for _, one := range shipped {
		b.texts[one] = &Texts{lang: one, book: b}
	}
	return b
}

// In is the texts in a shipped language, or in English.
func (b *Book) In(language string) *Texts {
	if t := b.texts[language]; t != nil {
		return t
	}
	return b.texts[English]
}

// Texts are a book's texts in one language.
type Texts struct {
	lang  string
	book  *Book
	parts sync.Map // of a part's name to func() (map[string]*text, error)
}

// Lang is the language's tag.
func (t *Texts) Lang() string { return t.lang }

// Dir is how the language runs: `ltr` or `rtl`.
func (t *Texts) Dir() string { return Direction(t.lang) }

// find is a text by its key. It reads the part that holds it, once.
func (t *Texts) find(key string) (*text, error) {
	part, rest, _ := strings.Cut(key, ".")
	texts, err := t.part(part)
	if err != nil {
		return nil, err
	}
	found := texts[rest]
	if found == nil {
		return nil, fmt.Errorf("%s: there is no text %s", t.lang, key)
	}
	return found, nil
}

// Has tells whether there is a text of a key.
func (t *Texts) Has(key string) bool {
	_, err := t.find(key)
	return err == nil
}

func (t *Texts) part(name string) (map[string]*text, error) {
	read, known := t.parts.Load(name)
	if !known {
		read, _ = t.parts.LoadOrStore(name, sync.OnceValues(func() (map[string]*text, error) { return t.read(name) }))
	}
	return read.(func() (map[string]*text, error))()
}

func (t *Texts) read(part string) (map[string]*text, error) {
	file := t.lang + "/" + part + ".toml"
	content, err := fs.ReadFile(t.book.files, file)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	var table map[string]any
	if err := toml.Unmarshal(content, &table); err != nil {
		return nil, fmt.Errorf("read texts: %s: %w", file, err)
	}
	found := map[string]*text{}
	if err := t.gather(found, "", table); err != nil {
		return nil, fmt.Errorf("read texts: %s: %w", file, err)
	}
	return found, nil
}

// gather puts the texts of a table under their keys.
func (t *Texts) gather(found map[string]*text, prefix string, table map[string]any) error {
	for name, value := range table {
		key := prefix + name
		var err error
		switch value := value.(type) {
		case string:
			found[key], err = newText(t.lang, map[string]any{other: value})
		case map[string]any:
			if _, counted := value[other]; counted {
				found[key], err = newText(t.lang, value)
			} else {
				err = t.gather(found, key+".", value)
			}
		default:
			err = fmt.Errorf("it is neither a text nor a table")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// Keys lists every text that the language has, in order.
func (t *Texts) Keys() ([]string, error) {
	files, err := fs.Glob(t.book.files, t.lang+"/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	var keys []string
	for _, file := range files {
		part := strings.TrimSuffix(strings.TrimPrefix(file, t.lang+"/"), ".toml")
		texts, err := t.part(part)
		if err != nil {
			return nil, err
		}
		for key := range texts {
			keys = append(keys, part+"."+key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Forms are the forms of a text by their names, in pieces without values; one that counts nothing has `other` alone.
func (t *Texts) Forms(key string) (map[string][]Piece, error) {
	found, err := t.find(key)
	if err != nil {
		return nil, err
	}
	return found.forms, nil
}
