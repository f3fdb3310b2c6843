package view

// Failure is the page of an error that no form can show.
type Failure struct {
	Frame
	Status    int
	Problem   *Problem // from whoever refused; nil for the page's own words
	RequestID string   // what the log has more under, shown with errors that are ours
}

func (*Failure) template() (file, layout string) { return "failure", "door" }

// Ours tells whether the fault is this side's.
func (p *Failure) Ours() bool { return p.Status >= 500 }
