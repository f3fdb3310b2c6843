package view

import "doorward/app"

// Confirm is the page of a confirmation link. Its button does the act; fetching the page changes nothing.
type Confirm struct {
	Frame
	Token   string
	Pending app.PendingConfirmation
}

func (*Confirm) template() (file, layout string) { return "confirm", "door" }

// Made is when the account was made.
func (p *Confirm) Made() (Moment, error) { return p.When(p.Pending.RegisteredAt) }
