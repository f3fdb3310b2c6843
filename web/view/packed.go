package view

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
)

// packedFiles are large files of others, which the binary carries and most clients take as gzip. The README beside them
// says where they come from.
//
//go:embed swagger-ui/*.gz cropperjs/*.gz
var packedFiles embed.FS

func (v *Views) gatherPacked() error {
	v.packed = map[string]func() (*Asset, error){}
	for _, folder := range []string{"swagger-ui", "cropperjs"} {
		files, err := packedFiles.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("read packed files: %w", err)
		}
		for _, file := range files {
			v.packed[strings.TrimSuffix(file.Name(), ".gz")] = sync.OnceValues(func() (*Asset, error) { return readPacked(folder, file.Name()) })
		}
	}
	return nil
}

// readPacked reads a packed file when something first asks for it: they have half a megabyte, and most servers go without.
func readPacked(folder, file string) (*Asset, error) {
	packed, err := packedFiles.ReadFile(folder + "/" + file)
	if err != nil {
		return nil, fmt.Errorf("read packed files: %w", err)
	}
	name := strings.TrimSuffix(file, ".gz")
	return &Asset{Name: hashedName(name, packed), Type: mediaTypes[path.Ext(name)], Gzip: func() []byte { return packed }}, nil
}

// servedPacked finds a packed file by the name in its address.
func (v *Views) servedPacked(hashed string) (*Asset, bool) {
	ending := path.Ext(hashed)
	rest := strings.TrimSuffix(hashed, ending)
	read, known := v.packed[strings.TrimSuffix(rest, path.Ext(rest))+ending]
	if !known {
		return nil, false
	}
	a, err := read()
	return a, err == nil && a.Name == hashed
}

// Whole is the asset for a client that reads no gzip.
func (a *Asset) Whole() ([]byte, error) {
	if a.Body != nil {
		return a.Body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(a.Gzip()))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.Name, err)
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.Name, err)
	}
	return body, nil
}
