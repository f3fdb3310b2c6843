package view

// DeadLink is the page of a mailed link that is no longer good.
type DeadLink struct {
	Frame
	For SentAfter // which kind of mail to ask for anew
}

func (*DeadLink) template() (file, layout string) { return "dead_link", "door" }

// Confirmed tells whether who is signed in has no use for another link to confirm an address.
func (d *DeadLink) Confirmed() bool { return d.Me != nil && !d.Me.Limited }
