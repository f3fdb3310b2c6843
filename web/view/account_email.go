package view

import "doorward/app"

// EmailChange is the page of a link that was mailed to a new address.
type EmailChange struct {
	Frame
	Token   string
	Pending app.PendingEmailChange
}

func (*EmailChange) template() (file, layout string) { return "account_email", "door" }
