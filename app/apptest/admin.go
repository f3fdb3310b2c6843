package apptest

import "doorward/app"

// Admin is a Member who holds the role Admin too.
func (w *World) Admin(email string) *Persona {
	w.T.Helper()
	p := w.Member(email)
	w.Give(email, app.RoleAdmin)
	return p
}

// Give assigns a role to an account behind the operations' back. It must not have been asked for by a session yet: what
// is cached stays.
func (w *World) Give(email, role string) {
	w.T.Helper()
	must(w.T, w.Store.Update(w.T.Context(), func(tx app.Tx) error {
		user, err := tx.FindUserByEmail(app.EmailKey(email))
		if err != nil {
			return err
		}
		r, err := tx.FindRole(role)
		if err != nil {
			return err
		}
		_, err = tx.AssignRole(user.ID, r.ID)
		return err
	}))
}
