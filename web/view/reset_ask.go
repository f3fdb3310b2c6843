package view

// ResetAsk asks for a mail with a link to set a new password.
type ResetAsk struct {
	Frame
	Email  string
	Errors Errors // of email
}

func (*ResetAsk) template() (file, layout string) { return "reset_ask", "door" }
