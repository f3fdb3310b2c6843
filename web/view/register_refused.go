package view

// RegisterRefused is the page of a site where nobody may register now.
type RegisterRefused struct {
	Frame
	Unowned bool // there is no Owner yet, and the link that the server printed makes one; else registration is closed
}

func (*RegisterRefused) template() (file, layout string) { return "register_refused", "door" }
