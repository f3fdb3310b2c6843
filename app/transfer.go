package app

import (
	"encoding/json"
	"time"
)

// AccountRow is an account on its way in or out: what an import reads and an export writes. app/transfer has it as CSV
// and as JSON lines.
type AccountRow struct {
	Line         int // in the file that it came from; 0 on its way out
	Email        string
	Username     string // "": made from the e-mail
	FirstName    string
	LastName     string
	Timezone     string
	Locale       string
	IsActive     *bool     // nil: active
	ConfirmedAt  time.Time // zero: not confirmed
	Roles        []string  // counts only with ImportOptions.WithRoles
	CustomFields map[string]json.RawMessage
	PasswordHash Secret // "": no password; see CheckPasswordHash for what is taken
}

// BadRow says that one row of a file can't be an account. The rest of the file can be read on.
type BadRow struct {
	Line int
	Err  error // whole sentences, or a published error with its fields
}

func (e *BadRow) Error() string { return e.Err.Error() }
func (e *BadRow) Unwrap() error { return e.Err }
