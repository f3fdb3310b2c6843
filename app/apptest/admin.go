package apptest

import "doorward/app"

// Admin is a Member who holds the role Admin too.
func (w *World) Admin(email string) *Persona {
	w.T.Helper()
	return w.Holding(w.Member(email), app.RoleAdmin)
}

// Holding gives a persona roles besides those that they hold.
func (w *World) Holding(p *Persona, roles ...string) *Persona {
	w.T.Helper()
	for _, role := range roles {
		w.Give(p.Email, role)
	}
	return p
}

// Give gives an account a role, as Doorward itself.
func (w *World) Give(email, role string) {
	w.T.Helper()
	var user app.User
	must(w.T, w.Store.View(w.T.Context(), func(tx app.Tx) (err error) {
		user, err = tx.FindUserByEmail(app.EmailKey(email))
		return err
	}))
	_, err := w.AssignRole(w.T.Context(), app.System(), user.ID, role)
	must(w.T, err)
}
