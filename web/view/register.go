package view

// Register is the page that makes an account: for anybody, or with the set-up code for the site's first Owner.
type Register struct {
	Frame
	SetupCode string // "" where none is needed
	Email     string
	Rule      Rule
	Errors    Errors // of email and password
}

func (*Register) template() (file, layout string) { return "register", "door" }

// Password is the field for the new password.
func (p *Register) Password() NewPassword { return NewPassword{"password", p.Rule, p.Errors} }
