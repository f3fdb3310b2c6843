package view

// Unconfirmed is what an account sees that is to confirm its address before anything else.
type Unconfirmed struct {
	Frame
	Kept bool // the site has no mail server: the mail waits in the mailbox
}

func (*Unconfirmed) template() (file, layout string) { return "account_unconfirmed", "account" }
