package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"
)

// uploadName is the upload's file in its avatar's folder, until the variants are made. It is never served.
const uploadName = "upload"

// avatarPayload is what an avatar job knows.
type avatarPayload struct {
	AvatarID    string `json:"avatar_id"`
	Interrupted int    `json:"interrupted,omitzero"` // how often the program ended while it worked on it
}

// UploadAvatar takes a picture for the acting account. It is refused before anything changes when it is too large, no
// image, or claims too many pixels; otherwise it is made into variants in the background, and the present avatar stays
// until the new one is ready. With a positive wait the answer waits that long for it. The same picture again is the same
// avatar.
func (a *Accounts) UploadAvatar(ctx context.Context, by Actor, upload io.Reader, wait time.Duration) (Avatar, error) {
	if !by.IsUser() {
		return Avatar{}, errUnauthenticated
	}
	return a.uploadFor(ctx, by, by.ID, upload, wait, func(u *unit) (User, error) { return u.self(by) })
}

// uploadFor takes a picture for an account, which find reads inside the transaction, or refuses.
func (a *Accounts) uploadFor(ctx context.Context, by Actor, userID int64, upload io.Reader, wait time.Duration, find func(*unit) (User, error)) (Avatar, error) {
	id := newID()
	listener := a.events.listen(func(e Event) bool { return e.UserID == userID && e.AvatarID != "" })
	defer a.events.stop(listener)
	digest, err := a.takeUpload(by, id, upload)
	if err != nil {
		return Avatar{}, err
	}
	var avatar Avatar
	var isNew bool
	err = a.update(ctx, func(u *unit) error {
		user, err := find(u)
		if err != nil {
			return err
		}
		avatar, isNew, err = u.addAvatar(by, user, id, digest)
		return err
	})
	if err != nil || !isNew {
		a.dropFolder(id)
	}
	if err == nil && wait > 0 && avatar.Status == AvatarProcessing {
		return a.awaitAvatar(ctx, avatar, listener, wait)
	}
	return avatar, err
}

// takeUpload spools an upload to its folder and looks at its head. On any error nothing is left of it.
func (a *Accounts) takeUpload(by Actor, id string, upload io.Reader) (digest string, err error) {
	done, err := a.uploads.begin(by)
	if err != nil {
		return "", err
	}
	defer done()
	file, err := a.blobs.Create(id, uploadName)
	if err != nil {
		return "", notSaved(fmt.Errorf("spool upload: %w", err))
	}
	defer func() {
		if err != nil {
			file.Abort()
			a.dropFolder(id)
		}
	}()
	hash := sha256.New()
	spool := &spool{to: file}
	read, err := io.Copy(io.MultiWriter(spool, hash), io.LimitReader(upload, a.policy.AvatarMaxBytes+1))
	switch {
	case spool.err != nil:
		return "", notSaved(fmt.Errorf("spool upload: %w", spool.err))
	case err != nil:
		var published *Error
		if errors.As(err, &published) {
			return "", err
		}
		return "", &Error{Kind: KindMalformed, Code: CodeMalformed, Message: "The upload ended early. Send it again.", Case: "upload_ended", cause: err}
	case read == 0:
		return "", Invalid(FieldError{Field: "file", Rule: RuleRequired, Message: "Choose a picture."})
	case read > a.policy.AvatarMaxBytes:
		return "", Refuse(KindTooLarge, CodeTooLarge, fmt.Sprintf("A picture has at most %s.", byteSize(a.policy.AvatarMaxBytes))).Named("picture_large").Over(a.policy.AvatarMaxBytes)
	}
	if err := file.Close(); err != nil {
		return "", notSaved(fmt.Errorf("spool upload: %w", err))
	}
	return hex.EncodeToString(hash.Sum(nil)), a.inspect(id)
}

// spool tells a disk that takes no more from a sender who stops sending.
type spool struct {
	to  io.Writer
	err error
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

func (a *Accounts) inspect(id string) error {
	file, err := a.blobs.Open(id, uploadName)
	if err != nil {
		return AsError(fmt.Errorf("inspect upload: %w", err))
	}
	defer file.Close()
	_, err = a.imager.Inspect(file)
	return err
}

func byteSize(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	if n >= 1<<10 && n%(1<<10) == 0 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

func (a *Accounts) dropFolder(id string) {
	if err := a.blobs.RemoveFolder(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("remove avatar files", "avatar", id, "error", err) // the hourly sweep finds it
	}
}

// addAvatar writes the row and its job, unless the user has this very picture: then that is the one they want, and what
// they uploaded after it goes.
func (u *unit) addAvatar(by Actor, user User, id, digest string) (avatar Avatar, isNew bool, err error) {
	have, err := u.AvatarsOf(user.ID)
	if err != nil {
		return Avatar{}, false, err
	}
	if i := slices.IndexFunc(have, func(h Avatar) bool { return h.SHA256 == digest && h.Status != AvatarFailed }); i >= 0 {
		return have[i], false, u.dropNewer(by, user, have[i], have[:i])
	}
	if err := u.skipAvatars(have); err != nil {
		return Avatar{}, false, err
	}
	avatar = Avatar{ID: id, UserID: user.ID, Status: AvatarProcessing, SHA256: digest, CreatedAt: u.Now()}
	if err := u.InsertAvatar(avatar); err != nil {
		return Avatar{}, false, err
	}
	payload, err := json.Marshal(avatarPayload{AvatarID: id})
	if err != nil {
		return Avatar{}, false, fmt.Errorf("encode avatar job: %w", err)
	}
	_, err = u.InsertJob(Job{Kind: JobAvatar, State: JobWaiting, NextAt: u.Now(), UserID: user.ID, Payload: payload, CreatedAt: u.Now()})
	u.wake[JobAvatar] = true
	u.touch(user.ID)
	return avatar, true, errors.Join(err, u.audit(by, "avatar.updated", &user, details{"avatar": id, "sha256": digest}))
}

// skipAvatars gives up what waits between an account's oldest upload in the making, which may be nearly done, and the one
// that comes now: it would be shown to nobody. A picture of a few kilobytes can take seconds to make, so that whoever sent a
// pile of them would hold up everybody's. have is newest first.
func (u *unit) skipAvatars(have []Avatar) error {
	making := slices.DeleteFunc(slices.Clone(have), func(h Avatar) bool { return h.Status != AvatarProcessing })
	if len(making) < 2 {
		return nil
	}
	for _, skipped := range making[:len(making)-1] {
		if err := u.DeleteAvatar(skipped.ID); err != nil {
			return err
		}
		u.folders = append(u.folders, skipped.ID)
		u.publish(System(), Event{Name: "avatar.failed", UserID: skipped.UserID, AvatarID: skipped.ID}) // nobody need wait for it
	}
	return nil
}

// dropNewer removes the uploads that came after a picture to which their user went back.
func (u *unit) dropNewer(by Actor, user User, back Avatar, newer []Avatar) error {
	if len(newer) == 0 {
		return nil
	}
	for _, avatar := range newer {
		if err := u.DeleteAvatar(avatar.ID); err != nil {
			return err
		}
		u.folders = append(u.folders, avatar.ID)
	}
	u.touch(user.ID)
	return u.audit(by, "avatar.updated", &user, details{"avatar": back.ID, "sha256": back.SHA256})
}

func (a *Accounts) awaitAvatar(ctx context.Context, avatar Avatar, l *listener, wait time.Duration) (Avatar, error) {
	patience, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for patience.Err() == nil {
		if e, waits := l.take(); waits {
			if e.AvatarID == avatar.ID {
				break
			}
			continue
		}
		select {
		case <-l.arrived:
		case <-l.gone.Done():
			cancel()
		case <-patience.Done():
		}
	}
	err := a.view(context.WithoutCancel(ctx), func(tx Tx) error {
		now, err := tx.FindAvatar(avatar.ID)
		if err == nil {
			avatar = now
		}
		return ignoreMissing(err)
	})
	return avatar, err
}

// RemoveAvatar removes the acting account's avatar and every upload that is still being worked on. None there is fine.
func (a *Accounts) RemoveAvatar(ctx context.Context, by Actor) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.self(by)
		if err != nil {
			return err
		}
		return u.removeAvatar(by, user)
	})
}

func (u *unit) removeAvatar(by Actor, user User) error {
	removed, err := u.removeAvatars(user.ID, "")
	if err != nil || removed == 0 {
		return err
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserUpdated, UserID: user.ID})
	return u.audit(by, "avatar.deleted", &user, nil)
}

// removeAvatars removes a user's avatars but one, files included, and counts them.
func (u *unit) removeAvatars(userID int64, except string) (int, error) {
	have, err := u.AvatarsOf(userID)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, avatar := range have {
		if avatar.ID == except {
			continue
		}
		if err := u.DeleteAvatar(avatar.ID); err != nil {
			return 0, err
		}
		u.folders = append(u.folders, avatar.ID)
		removed++
	}
	return removed, nil
}

// OpenAvatar opens a variant for whoever has its unguessable id. While it is being made the answer is `not_found` with a
// time to come back.
func (a *Accounts) OpenAvatar(ctx context.Context, id, variant string) (BlobReader, Avatar, error) {
	if len(id) != 22 || !slices.Contains(Variants(), variant) {
		return nil, Avatar{}, errNotFound
	}
	var avatar Avatar
	err := a.view(ctx, func(tx Tx) (err error) {
		avatar, err = tx.FindAvatar(id)
		return err
	})
	switch {
	case err != nil:
		return nil, Avatar{}, err
	case avatar.Status == AvatarProcessing:
		return nil, Avatar{}, &Error{Kind: KindNotFound, Code: CodeNotFound, Message: "This picture is still being made.", RetryAfter: time.Second}
	case avatar.Status != AvatarReady:
		return nil, Avatar{}, errNotFound
	}
	file, err := a.blobs.Open(id, variant)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Avatar{}, errNotFound
	}
	if err != nil {
		return nil, Avatar{}, AsError(fmt.Errorf("open avatar: %w", err))
	}
	return file, avatar, nil
}
