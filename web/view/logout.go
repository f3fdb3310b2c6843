package view

// Logout asks whether to end the session, with a button that does.
type Logout struct{ Frame }

func (*Logout) template() (file, layout string) { return "logout", "door" }
