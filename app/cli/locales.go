package cli

import (
	"github.com/alecthomas/kong"

	"doorward/app/lang"
)

// Locales are languages that there are texts in, in the operator's order; none for all of them.
type Locales []string

func readLocales(text string, _ *kong.Value) (Locales, error) {
	locales := Locales(list(text))
	if _, err := lang.NewOffer(locales...); err != nil {
		return nil, err
	}
	return locales, nil
}
