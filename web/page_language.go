package web

import (
	"strings"
	"time"

	"doorward/app"
)

// languageLife is how long a browser keeps the language that was chosen in it.
const languageLife = 365 * 24 * time.Hour

// localeName is the cookie that keeps what a stranger chose. Whoever plants one can make pages read in a language that
// the site offers anyway.
func (k *cookies) localeName() string {
	if k.secure {
		return "__Host-doorward_locale"
	}
	return "doorward_locale"
}

// locale is the best of the offered languages for this browser: what was chosen in it, else what it asks for; "" when
// that is none of them.
func (c *call) locale() string {
	if chosen, found := c.cookie(c.s.cookies.localeName()); found && c.s.offer.Offers(chosen) {
		return chosen
	}
	return c.s.offer.Accepted(strings.Join(c.r.Header["Accept-Language"], ","))
}

// language is what a page is read in: the account's language, where it was asked whose session this is; then the
// browser's; then the site's first.
func (c *call) language() string {
	if c.asked && c.refusal == nil && c.actor.User != nil {
		if own := c.s.offer.For(c.actor.User.Locale); own != "" {
			return own
		}
	}
	if asked := c.locale(); asked != "" {
		return asked
	}
	return c.s.offer.First()
}

// postStrangerLanguage keeps a stranger's choice in their browser, and leads back to the page that it was made on.
func postStrangerLanguage(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	chosen := form.Get("locale")
	if !c.s.offer.Offers(chosen) {
		return app.Invalid(app.FieldError{Field: "preferred_locale", Rule: app.RuleUnknown, Message: "Choose a language such as en or en-GB."})
	}
	c.s.cookies.write(c.w, c.s.cookies.localeName(), chosen, languageLife)
	if back := c.s.returnPath(form.Get("page")); strings.HasPrefix(back, "/") {
		return c.redirectTo(back, "")
	}
	return c.redirect("/", "")
}
