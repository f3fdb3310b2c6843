package view

import (
	"slices"

	"doorward/app"
)

// Rule is what a new password must be, told before it is broken.
type Rule struct {
	Min                          int // characters
	Upper, Lower, Digit, Special bool
}

// NewRule is the rule that the operator set.
func NewRule(p app.Policy) Rule {
	needs := func(c app.CharClass) bool { return slices.Contains(p.PasswordRequire, c) }
	return Rule{p.PasswordMin, needs(app.CharUpper), needs(app.CharLower), needs(app.CharDigit), needs(app.CharSpecial)}
}

// NewPassword is the field for a new password, as the `new-password` part sets it.
type NewPassword struct {
	ID     string // of the control, unique on its page
	Rule   Rule
	Errors Errors
}

// Optional tells whether it may be left empty.
func (NewPassword) Optional() bool { return false }

// OptionalPassword is a NewPassword that may be left empty; a hint `ID-hint` says what happens then.
type OptionalPassword struct{ NewPassword }

// Optional tells whether it may be left empty.
func (OptionalPassword) Optional() bool { return true }
