package view

// Sent is the page that follows when a mail was asked for. It is the same whatever the address.
type Sent struct {
	Frame
	After SentAfter
	Kept  bool // the site has no mail server: mails wait in the mailbox
}

// SentAfter says what a mail was asked for.
type SentAfter string

// What a mail is asked for.
const (
	SentAfterRegistration SentAfter = "registration"
	SentAfterConfirmation SentAfter = "confirmation"
	SentAfterReset        SentAfter = "reset"
	SentAfterEmailChange  SentAfter = "email"
)

func (*Sent) template() (file, layout string) { return "sent", "door" }
