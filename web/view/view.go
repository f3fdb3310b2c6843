// Package view writes the pages: it turns typed values into HTML and knows nothing of requests, accounts' rules or
// where a value comes from. Every page is a struct in a file of its own, beside the template of the same name (login.go,
// login.html); Render is the one way from such a value to bytes. The stylesheet, the scripts and the mark are in static/
// and served under hashed names (assets.go); colour.go fits the operator's colour in. Stories (stories.go) are prepared
// pages with awkward data, which the tests render and the story book shows.
//
// Every sentence stands whole in texts/, in one folder for each language, and a template names it by its key: words.go
// says how. Templates and texts are parsed when their page is first asked for in their language: starting costs nothing.
package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"doorward/app/lang"
)

//go:embed *.html
var templateFiles embed.FS

// textFiles are the texts of the pages: a folder for each language, and in it a file for each page or part.
//
//go:embed texts
var textFiles embed.FS

// maxSiteName bounds what stands in every heading.
const maxSiteName = 100

// Site is what the pages of one site have in common.
type Site struct {
	Name   string // the operator's; "" for Doorward; at most 100 characters
	Prefix string // the base URL's path without a slash at its end; "" for none
	Accent string // a CSS colour: #rgb, #rrggbb, rgb(…) or a name; "" for our own
	Logo   []byte // the operator's picture (PNG, JPEG, GIF, WebP or SVG) in place of our door; nil for the door
	// Languages are those that the site is read in, all shipped ones if there are none. With one there is no choice.
	Languages []string
}

// Views renders pages and holds the files that they load. It is safe for use by many at once.
type Views struct {
	site   Site
	assets map[string]*Asset                 // by the name in static/
	served map[string]*Asset                 // by the hashed name
	packed map[string]func() (*Asset, error) // by the name, what is read when it is asked for
	book   *lang.Book
	tongue map[string]*tongue // by language
}

// tongue is the pages in one language. Templates are parsed for each, because their functions know which it is.
type tongue struct {
	texts  *lang.Texts
	shared func() (*template.Template, error)
	sets   sync.Map // of a page's file to func() (*template.Template, error)
}

// New checks the site and prepares its files. An error names what can't be used.
func New(o Site) (*Views, error) {
	if o.Name = strings.TrimSpace(o.Name); o.Name == "" {
		o.Name = "Doorward"
	}
	if utf8.RuneCountInString(o.Name) > maxSiteName || !utf8.ValidString(o.Name) || strings.ContainsFunc(o.Name, unicode.IsControl) {
		return nil, fmt.Errorf("site name: at most %d characters, none of them a control character", maxSiteName)
	}
	if len(o.Languages) == 0 {
		o.Languages = lang.Shipped()
	}
	v := &Views{site: o, tongue: map[string]*tongue{}}
	if err := v.gatherAssets(); err != nil {
		return nil, err
	}
	texts, err := fs.Sub(textFiles, "texts")
	if err != nil {
		return nil, fmt.Errorf("texts of pages: %w", err)
	}
	v.book = lang.NewBook(texts)
	for _, one := range lang.Shipped() {
		t := &tongue{texts: v.book.In(one)}
		t.shared = sync.OnceValues(func() (*template.Template, error) { return v.parseShared(t.texts) })
		v.tongue[one] = t
	}
	return v, nil
}

// Page is a value that can be rendered: a pointer to one of this package's page structs.
type Page interface {
	// template names the page's file and the layout around it, both without `.html`.
	template() (file, layout string)
}

// Render writes a page out whole, in its frame's language, or fails without a byte. An error is a bug in a template.
func (v *Views) Render(p Framed) ([]byte, error) {
	file, layout := p.template()
	tongue := v.tongue[lang.English]
	if wanted := v.tongue[p.Around().Lang]; wanted != nil {
		tongue = wanted
	}
	set, err := tongue.set(file, layout)
	if err != nil {
		return nil, fmt.Errorf("parse page %s: %w", file, err)
	}
	p.Around().texts = tongue.texts
	var page bytes.Buffer
	page.Grow(16 << 10)
	if err := set.ExecuteTemplate(&page, "page", p); err != nil {
		return nil, fmt.Errorf("render page %s: %w", file, err)
	}
	return page.Bytes(), nil
}

// set is a page's templates, parsed once.
func (t *tongue) set(file, layout string) (*template.Template, error) {
	parse, ok := t.sets.Load(file)
	if !ok {
		parse, _ = t.sets.LoadOrStore(file, sync.OnceValues(func() (*template.Template, error) { return t.parse(file, layout) }))
	}
	return parse.(func() (*template.Template, error))()
}

func (t *tongue) parse(file, layout string) (*template.Template, error) {
	shared, err := t.shared()
	if err != nil {
		return nil, err
	}
	set, err := shared.Clone()
	if err != nil {
		return nil, err
	}
	files := []string{layout + ".html", file + ".html"}
	if parts := file + partsEnding; hasTemplate(parts) {
		files = append(files, parts)
	}
	return set.ParseFS(templateFiles, files...)
}

// partsEnding ends the name of a file with more of a page that is too long for one.
const partsEnding = "_parts.html"

func hasTemplate(name string) bool {
	_, err := fs.Stat(templateFiles, name)
	return err == nil
}

// parseShared reads what every page may use. Its templates are never executed themselves: a page's set is a copy.
func (v *Views) parseShared(texts *lang.Texts) (*template.Template, error) {
	functions := wordFunctions(texts)
	maps.Copy(functions, auditFunctions(texts, v.Path))
	functions["site"] = func() *Views { return v }
	functions["path"] = v.Path
	functions["asset"] = v.assetPath
	return template.New("").Funcs(functions).ParseFS(templateFiles, "parts.html", "people.html")
}

// Name is the site's name.
func (v *Views) Name() string { return v.site.Name }

// Languages are those that a stranger may choose among, by their own names.
func (v *Views) Languages() []Language {
	list := make([]Language, 0, len(v.site.Languages))
	for _, tag := range v.site.Languages {
		list = append(list, Language{Tag: tag, Label: languageName(tag)})
	}
	return list
}

// LanguageNames are the names of the languages that the site is read in.
func (v *Views) LanguageNames() []string {
	var names []string
	for _, one := range v.Languages() {
		names = append(names, one.Label)
	}
	return names
}

// Path is the absolute path of something on this site, with its prefix.
func (v *Views) Path(p string) string { return v.site.Prefix + p }
