package view

// ConfirmAsk asks for a new mail with a confirmation link.
type ConfirmAsk struct {
	Frame
	Email  string
	Errors Errors // of email
}

func (*ConfirmAsk) template() (file, layout string) { return "confirm_ask", "door" }
