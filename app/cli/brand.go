package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/mail"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

const (
	maxSiteNameChars = 100
	maxPictureBytes  = 1 << 20 // it is loaded with every page
)

func readSiteName(text string, _ *kong.Value) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxSiteNameChars || strings.ContainsFunc(text, unicode.IsControl) {
		return "", fmt.Errorf("%s is not a name of 1 to %d characters without control characters", quote(text), maxSiteNameChars)
	}
	return text, nil
}

func readSender(text string, _ *kong.Value) (string, error) {
	sender, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsFunc(text+sender.Name, breaksLines) || !utf8.ValidString(text+sender.Name) {
		return "", fmt.Errorf("%s is not a sender such as 'Doorward <no-reply@example.org>'", quote(text))
	}
	return text, nil
}

func breaksLines(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// readColour takes #rgb or #rrggbb. Words and functions of CSS are left out: mails would need them as numbers.
func readColour(text string, _ *kong.Value) (string, error) {
	digits, hash := strings.CutPrefix(text, "#")
	if !hash || len(digits) != 3 && len(digits) != 6 || strings.Trim(strings.ToLower(digits), "0123456789abcdef") != "" {
		return "", fmt.Errorf("%s is not a colour such as #0a7 or #00aa77", quote(text))
	}
	return strings.ToLower(text), nil
}

// readPicture takes the path of a picture that browsers show, told by its content.
func readPicture(path string, _ *kong.Value) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the picture can't be read: %w", quotePath(err))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxPictureBytes+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("the picture can't be read: %w", quotePath(err))
	case len(content) > maxPictureBytes:
		return "", fmt.Errorf("the picture %s is over 1 MiB", quote(path))
	case !isPicture(content):
		return "", fmt.Errorf("%s is not a PNG, JPEG, SVG, WebP or GIF picture", quote(path))
	}
	return path, nil
}

func isPicture(content []byte) bool {
	switch http.DetectContentType(content) {
	case "image/png", "image/jpeg", "image/webp", "image/gif":
		return true
	}
	head := content[:min(len(content), 4<<10)] // an SVG may begin with a declaration, a document type and comments
	return utf8.Valid(content) && bytes.Contains(head, []byte("<svg"))
}

// quotePath keeps a file's name on one line.
func quotePath(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("%s: %w", quote(pathErr.Path), pathErr.Err)
	}
	return err
}
