package view

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"path"
	"strings"
)

// packedFiles are large files of others, which the binary carries and most clients take as gzip. The README beside them
// says where they come from.
//
//go:embed swagger-ui/*.gz cropperjs/*.gz
var packedFiles embed.FS

func (v *Views) gatherPacked() error {
	for _, folder := range []string{"swagger-ui", "cropperjs"} {
		if err := v.gatherPackedIn(folder); err != nil {
			return err
		}
	}
	return nil
}

func (v *Views) gatherPackedIn(folder string) error {
	files, err := packedFiles.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read packed files: %w", err)
	}
	for _, file := range files {
		packed, err := packedFiles.ReadFile(folder + "/" + file.Name())
		if err != nil {
			return fmt.Errorf("read packed files: %w", err)
		}
		name := strings.TrimSuffix(file.Name(), ".gz")
		v.keepAsset(name, packed, &Asset{
			Type: mediaTypes[path.Ext(name)],
			Gzip: func() []byte { return packed },
		})
	}
	return nil
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
