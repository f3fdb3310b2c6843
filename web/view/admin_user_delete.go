package view

import "doorward/app"

// UserDelete asks once whether an account is to go, or says why it stays.
type UserDelete struct {
	Frame
	ID       int64
	Face     Face
	Email    string
	Username string
	Sessions int
	Refused  *Problem // why not; nil when it may be
}

// NewUserDelete is the question about an account as it was found.
func NewUserDelete(f Frame, in *app.Inspection) *UserDelete {
	u := &in.User
	return &UserDelete{
		Frame: f, ID: u.ID, Face: NewFace(u), Email: u.Email, Username: u.Username, Sessions: len(in.Sessions), Refused: whyNot(in.Refused.Delete),
	}
}

func (*UserDelete) template() (file, layout string) { return "admin_user_delete", "admin" }

// At is the account's path.
func (p *UserDelete) At() string { return UserPath(p.ID) }
