package view

// Login is the page to sign in.
type Login struct {
	Frame
	Login       string // an e-mail address or username, as typed
	Remember    bool
	ReturnTo    string // where to go afterwards, checked; "" for the account
	MayRegister bool   // shows the way to an account
	Unconfirmed bool   // refused for want of a confirmation: shows the way to another mail
	Errors      Errors // of email
}

func (*Login) template() (file, layout string) { return "login", "door" }
