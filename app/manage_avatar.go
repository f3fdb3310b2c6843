package app

import (
	"context"
	"io"
	"time"
)

// UploadUserAvatar is UploadAvatar for another account. Whether it may be done is asked before the picture is read.
func (a *Accounts) UploadUserAvatar(ctx context.Context, by Actor, id int64, upload io.Reader, wait time.Duration) (Avatar, error) {
	if _, _, err := a.findManaged(ctx, by, id); err != nil {
		return Avatar{}, err
	}
	return a.uploadFor(ctx, by, id, upload, wait, func(u *unit) (User, error) { return u.managed(by, id) })
}

// RemoveUserAvatar is RemoveAvatar for another account.
func (a *Accounts) RemoveUserAvatar(ctx context.Context, by Actor, id int64) error {
	_, err := a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managed(by, id)
		if err != nil {
			return User{}, err
		}
		return User{}, u.removeAvatar(by, user)
	})
	return err
}
