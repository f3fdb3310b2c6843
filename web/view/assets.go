package view

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed static
var staticFiles embed.FS

const (
	siteStyleName = "site.css"
	maxLogo       = 1 << 20
)

// Asset is a file that pages load. Its name holds a hash of its content, so that it can be kept for good.
type Asset struct {
	Name string // app.HASH.css
	Type string // the media type
	Body []byte // nil for what the binary carries as gzip alone: see Whole
	// Gzip is the body compressed, made when first asked for; nil where that saves nothing.
	Gzip func() []byte
}

// Asset finds a file by the name in its address.
func (v *Views) Asset(name string) (*Asset, bool) {
	if a, ok := v.served[name]; ok {
		return a, true
	}
	return v.servedPacked(name)
}

func (v *Views) gatherAssets() error {
	v.assets, v.served = map[string]*Asset{}, map[string]*Asset{}
	files, err := staticFiles.ReadDir("static")
	if err != nil {
		return fmt.Errorf("read static files: %w", err)
	}
	for _, file := range files {
		body, err := staticFiles.ReadFile("static/" + file.Name())
		if err != nil {
			return fmt.Errorf("read static files: %w", err)
		}
		v.addAsset(file.Name(), mediaTypes[path.Ext(file.Name())], body)
	}
	if err := v.gatherPacked(); err != nil {
		return err
	}
	return v.gatherSite()
}

// mediaTypes are those of our own files, by their ending: the machine's table may lack them.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// gatherSite adds what the operator brings.
func (v *Views) gatherSite() error {
	if v.site.Accent != "" {
		light, dark, err := siteAccents(v.site.Accent)
		if err != nil {
			return err
		}
		v.addAsset(siteStyleName, mediaTypes[".css"], []byte(siteStyle(light, dark)))
		v.recolourMark(light, dark)
	}
	if v.site.Logo == nil {
		return nil
	}
	media, ending := logoType(v.site.Logo)
	switch {
	case media == "":
		return fmt.Errorf("site logo: it is no PNG, JPEG, GIF, WebP or SVG picture")
	case len(v.site.Logo) > maxLogo:
		return fmt.Errorf("site logo: it has more than %d KiB", maxLogo>>10)
	}
	v.addAsset("logo", media, v.site.Logo)
	logo := v.assets["logo"]
	delete(v.served, logo.Name)
	logo.Name += ending
	v.served[logo.Name] = logo
	return nil
}

// recolourMark gives the mark of the browser's tab the operator's colour. In pages the stylesheet does it.
func (v *Views) recolourMark(light, dark accent) {
	mark := string(v.assets["door.svg"].Body)
	mark = strings.NewReplacer(
		"#0b6e5f", light.accent.String(), "#ffffff", light.text.String(),
		"#4fc3ad", dark.accent.String(), "#06211c", dark.text.String(),
	).Replace(mark)
	delete(v.served, v.assets["door.svg"].Name)
	v.addAsset("door.svg", mediaTypes[".svg"], []byte(mark))
}

// addAsset serves a file under a name with the hash of its content.
func (v *Views) addAsset(name, media string, body []byte) {
	a := &Asset{
		Name: hashedName(name, body),
		Type: media,
		Body: body,
		Gzip: sync.OnceValue(func() []byte { return compressed(media, body) }),
	}
	v.assets[name], v.served[a.Name] = a, a
}

func hashedName(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ending := path.Ext(name)
	return strings.TrimSuffix(name, ending) + "." + hex.EncodeToString(sum[:6]) + ending
}

// compressed is a body as gzip, nil for pictures that are compressed already and for what gets no shorter.
func compressed(media string, body []byte) []byte {
	if strings.HasPrefix(media, "image/") && media != mediaTypes[".svg"] {
		return nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil // the level is a valid one
	}
	if _, err := w.Write(body); err != nil || w.Close() != nil || out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// logoType tells an operator's picture by its content.
func logoType(body []byte) (media, ending string) {
	switch media := http.DetectContentType(body); media {
	case "image/png":
		return media, ".png"
	case "image/jpeg":
		return media, ".jpg"
	case "image/gif":
		return media, ".gif"
	case "image/webp":
		return media, ".webp"
	}
	head := body[:min(len(body), 4096)]
	if utf8.Valid(body) && bytes.Contains(head, []byte("<svg")) {
		return mediaTypes[".svg"], ".svg"
	}
	return "", ""
}

// assetPath is where pages load a file of static/ from.
func (v *Views) assetPath(name string) (string, error) {
	if a, ok := v.assets[name]; ok {
		return v.Path("/static/" + a.Name), nil
	}
	read, ok := v.packed[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	a, err := read()
	if err != nil {
		return "", err
	}
	return v.Path("/static/" + a.Name), nil
}

// SiteStyle is where the operator's colours are, "" when ours hold.
func (v *Views) SiteStyle() string { return v.optional(siteStyleName) }

// Logo is where the operator's picture is, "" for our door.
func (v *Views) Logo() string { return v.optional("logo") }

func (v *Views) optional(name string) string {
	if a, ok := v.assets[name]; ok {
		return v.Path("/static/" + a.Name)
	}
	return ""
}

// Icon is the picture of the browser's tab.
func (v *Views) Icon() string {
	if logo := v.Logo(); logo != "" {
		return logo
	}
	return v.Path("/static/" + v.assets["door.svg"].Name)
}
