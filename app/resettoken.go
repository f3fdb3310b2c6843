package app

import "context"

// IssuePasswordReset makes a reset token for an account and answers it instead of mailing it, for a server without mail. It
// is good for an hour, and the shell's alone: whoever else held one could take the account over.
func (a *Accounts) IssuePasswordReset(ctx context.Context, by Actor, id int64) (token Secret, err error) {
	if by.Kind != ActorShell {
		return "", errForbidden
	}
	err = a.update(ctx, func(u *unit) error {
		user, err := u.FindUser(id)
		if err != nil {
			return err
		}
		if err := u.audit(by, "password.reset_requested", &user, nil); err != nil {
			return err
		}
		token, _, err = u.issueToken(TokenPasswordReset, user.ID, user.Email, passwordResetLife)
		return err
	})
	return token, err
}
