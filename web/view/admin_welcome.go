package view

// Welcome is what a site's first Owner sees after the set-up link: what has happened, and what is missing. It stays
// reachable for Owners.
type Welcome struct {
	Frame
	SetUp
}

func (*Welcome) template() (file, layout string) { return "admin_welcome", "admin" }

// Step is one step of the set-up.
type Step struct {
	Name    string // its texts are NAME.done and NAME.missing of admin_welcome
	Done    bool
	Command string // what does it
}

// Steps are the steps of the set-up in the order in which they matter.
func (p *Welcome) Steps() []Step {
	return []Step{
		{"address", p.Secure(), addressCommand},
		{"mail", !p.MailIsKept, mailCommand},
		{"backup", !p.BackupDue, backupCommand},
	}
}

// MailTest sends a mail through the server that was set up.
func (p *Welcome) MailTest() string { return "doorward mail test " + p.Me.Email }
