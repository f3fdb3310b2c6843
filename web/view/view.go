// Package view writes the pages: it turns typed values into HTML and knows nothing of requests, accounts' rules or
// where a value comes from. Every page is a struct in a file of its own, beside the template of the same name (login.go,
// login.html); Render is the one way from such a value to bytes. The stylesheet, the scripts and the mark are in static/
// and served under hashed names (assets.go); colour.go fits the operator's colour in. Stories (stories.go) are prepared
// pages with awkward data, which the tests render and the story book shows.
//
// Every sentence stands whole in a template or in one function of when.go, so that a catalogue for another language can
// take its place. Templates are parsed when their page is first asked for: starting costs nothing.
package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed *.html
var templateFiles embed.FS

// maxSiteName bounds what stands in every heading.
const maxSiteName = 100

// Site is what the pages of one site have in common.
type Site struct {
	Name   string // the operator's; "" for Doorward; at most 100 characters
	Prefix string // the base URL's path without a slash at its end; "" for none
	Accent string // a CSS colour: #rgb, #rrggbb, rgb(…) or a name; "" for our own
	Logo   []byte // the operator's picture (PNG, JPEG, GIF, WebP or SVG) in place of our door; nil for the door
}

// Views renders pages and holds the files that they load. It is safe for use by many at once.
type Views struct {
	site   Site
	assets map[string]*Asset // by the name in static/
	served map[string]*Asset // by the hashed name
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
	v := &Views{site: o}
	if err := v.gatherAssets(); err != nil {
		return nil, err
	}
	v.shared = sync.OnceValues(v.parseShared)
	return v, nil
}

// Page is a value that can be rendered: a pointer to one of this package's page structs.
type Page interface {
	// template names the page's file and the layout around it, both without `.html`.
	template() (file, layout string)
}

// Render writes a page out whole, or fails without a byte. An error is a bug in a template.
func (v *Views) Render(p Page) ([]byte, error) {
	file, layout := p.template()
	set, err := v.set(file, layout)
	if err != nil {
		return nil, fmt.Errorf("parse page %s: %w", file, err)
	}
	var page bytes.Buffer
	page.Grow(16 << 10)
	if err := set.ExecuteTemplate(&page, "page", p); err != nil {
		return nil, fmt.Errorf("render page %s: %w", file, err)
	}
	return page.Bytes(), nil
}

// set is a page's templates, parsed once.
func (v *Views) set(file, layout string) (*template.Template, error) {
	parse, ok := v.sets.Load(file)
	if !ok {
		parse, _ = v.sets.LoadOrStore(file, sync.OnceValues(func() (*template.Template, error) { return v.parse(file, layout) }))
	}
	return parse.(func() (*template.Template, error))()
}

func (v *Views) parse(file, layout string) (*template.Template, error) {
	shared, err := v.shared()
	if err != nil {
		return nil, err
	}
	set, err := shared.Clone()
	if err != nil {
		return nil, err
	}
	return set.ParseFS(templateFiles, layout+".html", file+".html")
}

// parseShared reads what every page may use. Its templates are never executed themselves: a page's set is a copy.
func (v *Views) parseShared() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"site":  func() *Views { return v },
		"path":  v.Path,
		"asset": v.assetPath,
	}).ParseFS(templateFiles, "parts.html", "notes.html")
}

// Name is the site's name.
func (v *Views) Name() string { return v.site.Name }

// Path is the absolute path of something on this site, with its prefix.
func (v *Views) Path(p string) string { return v.site.Prefix + p }
