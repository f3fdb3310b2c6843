package web

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"doorward/app"
	"doorward/web/view"
)

// mailPolicy lets a mail look as it will and do nothing: no script, no form, nothing loaded but the site's logo. Its links
// open beside it.
const mailPolicy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

func getMailbox(c *call) error {
	mails, key, err := c.keptMails()
	if err != nil {
		return err
	}
	page := &view.Mailbox{Frame: c.frame(""), Key: key}
	for _, kept := range mails {
		letter, problem := c.compose(kept)
		page.Mails = append(page.Mails, view.MailRow{ID: kept.JobID, To: kept.Mail.To, Subject: letter.Subject, At: kept.Mail.At, Error: problem})
	}
	return c.show(http.StatusOK, page)
}

// keptMails lists the mailbox for an Owner's session or the key in the address, which is carried on where it was given.
func (c *call) keptMails() (mails []app.KeptMail, key string, err error) {
	_ = c.identify() // a stranger may have the key
	key = c.r.URL.Query().Get("key")
	mails, err = c.s.accounts.KeptMails(c.r.Context(), c.actor, app.Secret(key))
	return mails, key, err
}

// compose is a kept mail as its receiver would see it, or what is wrong with it.
func (c *call) compose(kept app.KeptMail) (letter Letter, problem string) {
	switch {
	case kept.Error != "":
		return Letter{}, kept.Error
	case c.s.options.Composer == nil:
		return Letter{Subject: string(kept.Mail.Kind)}, ""
	}
	letter, err := c.s.options.Composer.Compose(kept.Mail)
	if err != nil {
		return Letter{}, err.Error()
	}
	return letter, ""
}

// keptMail is the one mail that the path names.
func (c *call) keptMail() (kept app.KeptMail, key string, err error) {
	mails, key, err := c.keptMails()
	if err != nil {
		return app.KeptMail{}, "", err
	}
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	for _, kept := range mails {
		if err == nil && kept.JobID == id {
			return kept, key, nil
		}
	}
	return app.KeptMail{}, "", errNotFound
}

func getMail(c *call) error {
	kept, key, err := c.keptMail()
	if err != nil {
		return err
	}
	letter, problem := c.compose(kept)
	return c.show(http.StatusOK, &view.Mail{
		Frame: c.frame(""), ID: kept.JobID, Key: key, To: kept.Mail.To, Subject: letter.Subject, At: kept.Mail.At,
		Text: letter.Text, HTML: letter.HTML != "", Error: problem,
	})
}

// withLogo shows the site's own copy of the operator's picture in a mail, which names the one that it carries along.
func withLogo(mail, logo string) string {
	before, rest, carries := strings.Cut(mail, `src="cid:logo.`)
	_, after, ends := strings.Cut(rest, `"`)
	if !carries || !ends {
		return mail
	}
	return before + `src="` + logo + `"` + after
}

// getMailHTML is what the frame on a mail's page shows.
func getMailHTML(c *call) error {
	kept, _, err := c.keptMail()
	if err != nil {
		return err
	}
	letter, problem := c.compose(kept)
	if problem != "" || letter.HTML == "" {
		return errNotFound
	}
	header := c.w.Header()
	header.Set("Content-Security-Policy", mailPolicy)
	header.Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	shown := strings.Replace(letter.HTML, "<head>", `<head><base target="_blank">`, 1)
	_, _ = io.WriteString(c.w, withLogo(shown, c.s.views.Logo()))
	return nil
}
