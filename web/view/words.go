package view

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"doorward/app"
	"doorward/app/lang"
)

// How a template says a text of texts/LANGUAGE/PART.toml:
//
//	{{t "login.title"}}                                    the text `title` of login.toml
//	{{t "admin_users.found" "n" .Total}}                   with a value for {n}; a text that counts chooses its form by n
//	{{rich "login.next" "link" (link (path "/register"))}} words in {link}…{/link} are a link
//	{{rich "reset.lead" "email" (strong .Masked)}}         a value in an element of its own; a Moment is one too
//
// `t` is words alone and fits everywhere, attributes too; `rich` is for the text of an element. What stands in texts and
// values is escaped in both: no translation can bring HTML along.
func wordFunctions(texts *lang.Texts) template.FuncMap {
	return template.FuncMap{
		"t":       texts.Say,
		"rich":    func(key string, values ...any) (template.HTML, error) { return rich(texts, key, values) },
		"device":  func(name string) (string, error) { return deviceOf(texts, name) },
		"size":    func(bytes int64) (string, error) { return size(texts, bytes) },
		"problem": func(what any) (string, error) { return problemOf(texts, what) },
		"list":    texts.List,
		"number":  func(n int) string { return texts.Number(int64(n)) },
		"lang":    texts.Lang,
		"dir":     texts.Dir,

		"link":   func(href string) (enclosure, error) { return newLink(href) },
		"strong": func(value string) element { return element{"strong", value} },
		"code":   func(value string) element { return element{"code", value} },
		"bdi":    func(value string) element { return element{"bdi", value} },
	}
}

// deviceOf says the name of a device, as app.DeviceName makes it, in the page's language.
func deviceOf(texts *lang.Texts, name string) (string, error) {
	switch browser, system := app.SplitDevice(name); {
	case browser != "" && system != "":
		return texts.Say("frame.device.both", "browser", browser, "system", system)
	case browser != "":
		return browser, nil
	case system != "":
		return texts.Say("frame.device.system", "system", system)
	}
	return texts.Say("frame.device.unknown")
}

// enclosure is what words between {name} and {/name} are enclosed in.
type enclosure struct{ begin, end template.HTML }

// newLink is a link to a path of this site.
func newLink(href string) (enclosure, error) {
	if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") {
		return enclosure{}, fmt.Errorf("a text links to %q, which is no path of this site", href)
	}
	begin := `<a href="` + html.EscapeString(href) + `">`
	return enclosure{template.HTML(begin), "</a>"}, nil // an escaped path between our own words
}

// element is a value that stands in an element of its own.
type element struct{ name, value string }

// html keeps the value's direction to itself: it is an address or a name, and the sentence may run the other way.
func (e element) html() string {
	value := html.EscapeString(e.value)
	if e.name == "bdi" {
		return "<bdi>" + value + "</bdi>"
	}
	return "<" + e.name + ` dir="auto">` + value + "</" + e.name + ">"
}

// html is the moment's element, as the `time` part writes it.
func (m Moment) html() string {
	return `<time datetime="` + html.EscapeString(m.ISO) + `" title="` + html.EscapeString(m.Exact) + `">` + html.EscapeString(m.Relative) + "</time>"
}

// linked is a value that is a link as a whole.
type linked struct {
	enclosure
	element
}

func newLinked(href, value string) (linked, error) {
	link, err := newLink(href)
	return linked{link, element{"bdi", value}}, err
}

// html is the link with the value in it.
func (l linked) html() string { return string(l.begin) + l.element.html() + string(l.end) }

func rich(texts *lang.Texts, key string, values []any) (template.HTML, error) {
	pieces, err := texts.Pieces(key, values...)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, piece := range pieces {
		switch value := piece.Value.(type) {
		case nil:
			out.WriteString(html.EscapeString(piece.Words))
		case string:
			out.WriteString(html.EscapeString(value))
		case element:
			out.WriteString(value.html())
		case linked:
			out.WriteString(value.html())
		case Moment:
			out.WriteString(value.html())
		case enclosure:
			if piece.Ends {
				out.WriteString(string(value.end))
			} else {
				out.WriteString(string(value.begin))
			}
		default:
			return "", fmt.Errorf("text %s: {%s} can't be a %T", key, piece.Name, value)
		}
	}
	return template.HTML(out.String()), nil // every piece was escaped above
}
