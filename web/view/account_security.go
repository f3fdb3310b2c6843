package view

// Security is the page of password, address and deletion: three forms with one purpose each, so three lists of errors.
type Security struct {
	Frame
	Username       string // for the browser's password store: what the person signs in with
	Handle         string // the username, "" for none yet
	Stays          bool   // the account is the last active Owner, and can't be deleted
	Rule           Rule
	NewEmail       string // as typed
	PasswordErrors Errors // of current_password and password
	EmailErrors    Errors // of email and current_password
	DeleteErrors   Errors // of current_password
}

func (*Security) template() (file, layout string) { return "account_security", "account" }

// Password is the field for the new password.
func (p *Security) Password() NewPassword {
	return NewPassword{"new-password", p.Rule, p.PasswordErrors}
}
