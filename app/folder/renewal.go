package folder

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A renewal first leaves a note that it began, then replaces the keys, then makes the database fit them, then takes the note
// away. While the note is there nobody but another renewal uses the folder: one that was killed half-way is run again.
const (
	renewalName = "keys.renewal"
	auditIsLost = "the audit key was lost\n"
)

var errRenewal = errors.New("a renewal of the keys was not finished: run `doorward key renew` again")

func (f *Folder) renewalPath() string { return filepath.Join(f.path, renewalName) }

// RenewKeys makes new keys for cookies and for sealing, and a new audit key only where the old one can't be read (auditLost,
// also when that was found by a renewal that was killed). The caller holds the lock and is alone; it makes the database fit
// and then calls FinishRenewal.
func (f *Folder) RenewKeys() (keys Keys, auditLost bool, err error) {
	keys, err = readKeys(f.keysPath())
	note, noteErr := os.ReadFile(f.renewalPath())
	if noteErr != nil && !errors.Is(noteErr, fs.ErrNotExist) {
		return Keys{}, false, fmt.Errorf("renew keys: %w", noteErr)
	}
	auditLost = err != nil || bytes.Equal(note, []byte(auditIsLost))
	if err != nil {
		keys = Keys{}
		rand.Read(keys.Audit[:])
		note = []byte(auditIsLost)
	}
	for _, key := range []*[32]byte{&keys.CookieHash, &keys.CookieBlock, &keys.Seal} {
		rand.Read(key[:])
	}
	if err := writeFile(f.renewalPath(), note); err != nil {
		return Keys{}, false, fmt.Errorf("renew keys: %w", err)
	}
	if err := writeFile(f.keysPath(), keys.encode()); err != nil {
		return Keys{}, false, fmt.Errorf("renew keys: %w", err)
	}
	return keys, auditLost, nil
}

// FinishRenewal says that the database fits the new keys.
func (f *Folder) FinishRenewal() error {
	if err := os.Remove(f.renewalPath()); err != nil {
		return fmt.Errorf("renew keys: %w", err)
	}
	return Sync(f.path)
}

// isRenewing tells whether a renewal began and did not end.
func (f *Folder) isRenewing() (bool, error) {
	_, err := os.Lstat(f.renewalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
