package cli

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"doorward/app"
)

// reads is a kong mapper made of a function from a setting's text to its value. The function's error says what is wrong
// with the text and what would be right; which setting it is, and where it came from, is added outside.
type reads[T any] func(text string, of *kong.Value) (T, error)

// Decode takes the text as it stands behind the flag, in the environment or in the file.
func (read reads[T]) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("value")
	if err != nil {
		return errors.New("it needs a value")
	}
	value, err := read(token.String(), ctx.Value)
	if err != nil {
		return err
	}
	target.Set(reflect.ValueOf(value).Convert(target.Type()))
	return nil
}

// mappers are the types that settings have.
func mappers(smtpURL func(string) error) []kong.Option {
	secret := func(text string, _ *kong.Value) (app.Secret, error) {
		if text == "" {
			return "", nil
		}
		if err := smtpURL(text); err != nil {
			return "", errors.New(strings.TrimPrefix(err.Error(), "smtp url: ")) // the setting's name stands in front anyway
		}
		return app.Secret(text), nil
	}
	return []kong.Option{
		kong.KindMapper(reflect.String, reads[string](readText)),
		kong.KindMapper(reflect.Int, reads[int64](readNumber)),
		kong.KindMapper(reflect.Int64, reads[int64](readNumber)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), reads[time.Duration](readDuration)),
		kong.TypeMapper(reflect.TypeFor[Size](), reads[Size](readSize)),
		kong.TypeMapper(reflect.TypeFor[app.Limit](), reads[app.Limit](readLimit)),
		kong.TypeMapper(reflect.TypeFor[[]app.CharClass](), reads[[]app.CharClass](readClasses)),
		kong.TypeMapper(reflect.TypeFor[app.Secret](), reads[app.Secret](secret)),
		kong.TypeMapper(reflect.TypeFor[AppKey](), reads[AppKey](readAppKey)),
		kong.TypeMapper(reflect.TypeFor[Mark](), reads[Mark](readMark)),
		kong.TypeMapper(reflect.TypeFor[Address](), reads[Address](readAddress)),
		kong.TypeMapper(reflect.TypeFor[BaseURL](), reads[BaseURL](readBaseURL)),
		kong.TypeMapper(reflect.TypeFor[Proxies](), reads[Proxies](readProxies)),
		kong.TypeMapper(reflect.TypeFor[Origins](), reads[Origins](readOrigins)),
		kong.TypeMapper(reflect.TypeFor[Domains](), reads[Domains](readDomains)),
		kong.TypeMapper(reflect.TypeFor[Locales](), reads[Locales](readLocales)),
		kong.NamedMapper("directory", reads[string](readDirectory)),
		kong.NamedMapper("site-name", reads[string](readSiteName)),
		kong.NamedMapper("sender", reads[string](readSender)),
		kong.NamedMapper("picture", reads[string](readPicture)),
		kong.NamedMapper("colour", reads[string](readColour)),
	}
}

// readText takes any text but none, or one of the words of the `enum` tag.
func readText(text string, of *kong.Value) (string, error) {
	if of.Enum == "" {
		if strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) {
			return "", errors.New("it can't be empty")
		}
		return text, nil
	}
	words := of.EnumSlice()
	for _, word := range words {
		if text == word {
			return text, nil
		}
	}
	return "", fmt.Errorf("%s is not one of %s", quote(text), strings.Join(words, ", "))
}

// readNumber takes a whole number between the tags `min` and `max`.
func readNumber(text string, of *kong.Value) (int64, error) {
	least, errMin := strconv.ParseInt(of.Tag.Get("min"), 10, 64)
	most, errMax := strconv.ParseInt(of.Tag.Get("max"), 10, 64)
	if err := errors.Join(errMin, errMax); err != nil {
		return 0, fmt.Errorf("its bounds can't be read: %w", err)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is not a whole number from %d to %d", quote(text), least, most)
	}
	return n, nil
}

// readDuration takes Go's form, with days in front (`60d`, `1d12h`). With the tag `none`, the word none and 0 are no
// limit, told by a zero.
func readDuration(text string, of *kong.Value) (time.Duration, error) {
	optional := of.Tag.Has("none")
	if optional && (text == "none" || text == "0") {
		return 0, nil
	}
	if d, ok := parseDuration(text); ok {
		return d, nil
	}
	if optional {
		return 0, fmt.Errorf("%s is not a duration such as 90s, 12h or 60d, or none", quote(text))
	}
	return 0, fmt.Errorf("%s is not a duration such as 90s, 12h or 60d", quote(text))
}

// parseDuration reads a positive duration; not ok beyond 292 years, where it overflows.
func parseDuration(text string) (d time.Duration, ok bool) {
	const day = 24 * time.Hour
	rest := text
	if digits, after, found := strings.Cut(text, "d"); found {
		days, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || days > uint64(math.MaxInt64/day) {
			return 0, false
		}
		d, rest = time.Duration(days)*day, after
	}
	if rest != "" || rest == text {
		more, err := time.ParseDuration(rest)
		if err != nil || rest[0] == '-' || rest[0] == '+' || more > math.MaxInt64-d {
			return 0, false
		}
		d += more
	}
	return d, d > 0
}

// Size is a number of bytes.
type Size int64

// readSize takes a number of bytes with or without a unit: kB, MB, GB are thousands, KiB, MiB, GiB are 1,024s.
func readSize(text string, _ *kong.Value) (Size, error) {
	bad := fmt.Errorf("%s is not a size such as 10MiB, 500kB or 1048576", quote(text))
	digits := strings.TrimRightFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	unit, known := map[string]int64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(text[len(digits):]))]
	n, err := strconv.ParseUint(digits, 10, 63)
	if !known || err != nil || n == 0 || int64(n) > math.MaxInt64/unit {
		return 0, bad
	}
	return Size(int64(n) * unit), nil
}

// maxAttempts bounds a limit's N, because each attempt that counts is remembered.
const maxAttempts = 1_000_000

// readLimit takes `N/WINDOW`, or `off`, told by the zero Limit.
func readLimit(text string, _ *kong.Value) (app.Limit, error) {
	if text == "off" {
		return app.Limit{}, nil
	}
	attempts, window, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(attempts, 10, 32)
	length, ok := parseDuration(window)
	if err != nil || n == 0 || n > maxAttempts || !ok {
		return app.Limit{}, fmt.Errorf("%s is not N/WINDOW such as 5/1m (N from 1 to %d), or off", quote(text), maxAttempts)
	}
	return app.Limit{N: int(n), Window: length}, nil
}

func readClasses(text string, _ *kong.Value) ([]app.CharClass, error) {
	var classes []app.CharClass
	for _, word := range list(text) {
		switch class := app.CharClass(word); class {
		case app.CharUpper, app.CharLower, app.CharDigit, app.CharSpecial:
			classes = append(classes, class)
		default:
			return nil, fmt.Errorf("%s is not one of upper, lower, digit, special", quote(word))
		}
	}
	return classes, nil
}

// list cuts a list at its commas. Empty text, and the word none alone, is the empty list.
func list(text string) []string {
	if text = strings.TrimSpace(text); text == "" || text == "none" {
		return nil
	}
	items := strings.Split(text, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// quote shows a value in a message: on one line, and no more of it than helps.
func quote(text string) string {
	const enough = 100
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	return strconv.Quote(text)
}
