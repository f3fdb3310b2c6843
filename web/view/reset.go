package view

// Reset is the page of a reset link: it sets a new password.
type Reset struct {
	Frame
	Token    string
	Masked   string // whose password it sets, so that its owner knows it
	Username string // for the browser's password store: the address where the browser is signed in to the account, else ""
	Rule     Rule
	Errors   Errors // of password
}

func (*Reset) template() (file, layout string) { return "reset", "door" }

// Password is the field for the new password.
func (p *Reset) Password() NewPassword { return NewPassword{"password", p.Rule, p.Errors} }
