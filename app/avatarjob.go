package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"time"
)

const (
	// avatarPatience is how long a picture is tried again when the machine, not the picture, is at fault: as long as a mail.
	avatarPatience = mailPatience
	avatarMostWait = 5 * time.Minute
	// avatarKills is how often the program may end while it works on a picture. One that takes the whole process with it
	// would do so at every start.
	avatarKills = 8
)

// makeAvatar is the handler of avatar jobs: from the spooled upload to the five variants. It may run twice: files are
// written whole under the same names, and the row turns ready once.
func (a *Accounts) makeAvatar(ctx context.Context, j Job) outcome {
	var p avatarPayload
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return failed("decode job: " + err.Error())
	}
	defer func() {
		if r := recover(); r != nil { // the job is failed by whoever called; the picture must not stay in the making for good
			if err := a.failAvatar(ctx, p.AvatarID, "picture_failed"); err != nil {
				a.log.Error("give an avatar up", "avatar", p.AvatarID, "error", err)
			}
			panic(r)
		}
	}()
	if p.Interrupted >= avatarKills {
		return a.giveUpAvatar(ctx, p.AvatarID, "the program ended again and again while it worked on this picture")
	}
	made, err := a.makeVariants(ctx, p.AvatarID)
	var published *Error
	switch {
	case err == nil:
		err = a.finishAvatar(ctx, p.AvatarID, made)
	case errors.Is(err, fs.ErrNotExist):
		// The folder goes when the avatar does; and a run before this one may have ended just short of writing that down.
		err = a.failAvatar(ctx, p.AvatarID, "upload_lost")
	case errors.As(err, &published):
		reason, message := published.Case, published.Message
		if len(published.Fields) > 0 {
			reason, message = published.Fields[0].Case, published.Fields[0].Message
		}
		err = a.failAvatar(ctx, p.AvatarID, reason)
		if err == nil {
			return failed(message)
		}
	}
	switch {
	case err == nil:
		return done()
	case a.clock().Sub(j.CreatedAt) >= avatarPatience:
		return a.giveUpAvatar(ctx, p.AvatarID, err.Error())
	}
	return again(err.Error(), min(time.Second<<min(j.Attempts, 10), avatarMostWait))
}

// giveUpAvatar fails the picture and its job.
func (a *Accounts) giveUpAvatar(ctx context.Context, id, why string) outcome {
	if err := a.failAvatar(ctx, id, "picture_failed"); err != nil {
		a.log.Error("give an avatar up", "avatar", id, "error", err)
	}
	return failed(why)
}

func (a *Accounts) makeVariants(ctx context.Context, id string) (Made, error) {
	upload, err := a.blobs.Open(id, uploadName)
	if err != nil {
		return Made{}, err
	}
	defer upload.Close()
	return a.imager.Make(ctx, upload, func(variant string) (BlobWriter, error) { return a.blobs.Create(id, variant) })
}

// finishAvatar shows a made avatar in place of the one before, unless it was removed or a newer one was ready first.
func (a *Accounts) finishAvatar(ctx context.Context, id string, made Made) error {
	err := a.update(ctx, func(u *unit) error {
		avatar, err := u.FindAvatar(id)
		if err != nil || avatar.Status != AvatarProcessing {
			if errors.Is(err, ErrNoRow) {
				u.folders = append(u.folders, id)
			}
			return ignoreMissing(err)
		}
		have, err := u.AvatarsOf(avatar.UserID)
		if err != nil {
			return err
		}
		for _, other := range have { // newest first
			if other.ID == id {
				break
			}
			if other.Status == AvatarReady {
				u.folders = append(u.folders, id)
				return u.DeleteAvatar(id)
			}
		}
		return u.showAvatar(avatar, made, have)
	})
	if err != nil {
		return err
	}
	if err := a.blobs.Remove(id, uploadName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("remove an upload", "avatar", id, "error", err)
	}
	return nil
}

func (u *unit) showAvatar(avatar Avatar, made Made, have []Avatar) error {
	avatar.Status, avatar.Format, avatar.Width, avatar.Height = AvatarReady, made.Format, made.Width, made.Height
	if err := u.UpdateAvatar(avatar); err != nil {
		return err
	}
	if err := u.SetAvatar(avatar.UserID, avatar.ID); err != nil {
		return err
	}
	older := false
	for _, other := range have {
		if older {
			if err := u.DeleteAvatar(other.ID); err != nil {
				return err
			}
			u.folders = append(u.folders, other.ID)
		}
		older = older || other.ID == avatar.ID
	}
	u.touch(avatar.UserID)
	u.publish(System(), Event{Name: EventAvatarReady, UserID: avatar.UserID, AvatarID: avatar.ID})
	return nil
}

// failAvatar keeps the reason for the picture's owner, until the next upload. The reason is a Case, for a sentence in
// whatever language its owner reads; "" becomes picture_failed. The present avatar stays.
func (a *Accounts) failAvatar(ctx context.Context, id, reason string) error {
	return a.update(ctx, func(u *unit) error {
		avatar, err := u.FindAvatar(id)
		if errors.Is(err, ErrNoRow) { // removed meanwhile: so goes what was written since
			u.folders = append(u.folders, id)
			return nil
		}
		if err != nil || avatar.Status != AvatarProcessing {
			return err
		}
		avatar.Status, avatar.Error = AvatarFailed, cmp.Or(reason, "picture_failed")
		if err := u.UpdateAvatar(avatar); err != nil {
			return err
		}
		u.folders = append(u.folders, id)
		u.touch(avatar.UserID)
		u.publish(System(), Event{Name: "avatar.failed", UserID: avatar.UserID, AvatarID: id})
		return nil
	})
}
