package folder

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Keys are the data folder's secrets.
type Keys struct {
	CookieHash  [32]byte // signs cookies
	CookieBlock [32]byte // encrypts cookies
	Seal        [32]byte // seals the tokens in waiting mails
	Audit       [32]byte // chains the audit log
}

// wayBack is what an operator can do when the keys are gone but the accounts are not.
const wayBack = "put it back from a backup (doorward restore, or your own copy), or make new keys with `doorward key renew`, which ends every cookie and writes the waiting mails anew"

const keysHead = `# Doorward's keys. As secret as the database: whoever has them can forge cookies and read links in waiting mails.
# Without them every cookie and every waiting mail ends. Keep this file in your backups, and never edit it.
`

// maxKeysBytes is far over what the file has; more is not read.
const maxKeysBytes = 4 << 10

func (f *Folder) keysPath() string { return filepath.Join(f.path, keysName) }

// Keys reads the keys. Where there is no database yet and no keys, it makes them; the caller then holds the lock, so that
// no two processes make different ones. Missing or damaged keys beside a database are an error that tells the way back.
func (f *Folder) Keys() (Keys, error) {
	if renewing, err := f.isRenewing(); err != nil || renewing {
		return Keys{}, errors.Join(err, errRenewal)
	}
	keys, err := readKeys(f.keysPath())
	if err == nil {
		return keys, nil
	}
	inUse, dbErr := HasDatabase(f.path)
	if dbErr != nil {
		return Keys{}, fmt.Errorf("read keys: %w", dbErr)
	}
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && !inUse:
		return f.makeKeys()
	case missing:
		return Keys{}, fmt.Errorf("%s is missing, but there is a database beside it: %s", f.keysPath(), wayBack)
	case inUse:
		return Keys{}, fmt.Errorf("%s can't be used (%w): %s", f.keysPath(), cause(err), wayBack)
	}
	return Keys{}, fmt.Errorf("%s can't be used (%w); there is no database beside it yet, so it can be removed", f.keysPath(), cause(err))
}

// HasDatabase tells whether the folder at path has a database with anything in it, and makes nothing. A file that a first
// start left empty counts as none.
func HasDatabase(path string) (bool, error) {
	if pending, err := restorePending(path); err != nil || pending {
		return pending, err
	}
	database := filepath.Join(path, databaseName)
	for _, path := range []string{database, database + "-wal"} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || info.Size() > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

func (f *Folder) makeKeys() (Keys, error) {
	var keys Keys
	for _, line := range keys.lines() {
		rand.Read(line.key[:]) // never fails: crypto/rand ends the program instead
	}
	if err := writeFile(f.keysPath(), keys.encode()); err != nil {
		return Keys{}, fmt.Errorf("make keys: %w", err)
	}
	return keys, nil
}

type keyLine struct {
	name string
	key  *[32]byte
}

// lines lists the keys in the file's order.
func (k *Keys) lines() []keyLine {
	return []keyLine{
		{"cookie-hash", &k.CookieHash},
		{"cookie-block", &k.CookieBlock},
		{"seal", &k.Seal},
		{"audit", &k.Audit},
	}
}

func (k *Keys) encode() []byte {
	var text bytes.Buffer
	text.WriteString(keysHead)
	for _, line := range k.lines() {
		fmt.Fprintf(&text, "%s = %x\n", line.name, line.key[:])
	}
	return text.Bytes()
}

func readKeys(path string) (Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return Keys{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKeysBytes+1))
	if err != nil {
		return Keys{}, err
	}
	if len(text) > maxKeysBytes {
		return Keys{}, errors.New("it is too long")
	}
	return parseKeys(text)
}

// parseKeys reads what encode wrote. Each key stands there exactly once and nothing else does, so that a file cut short
// or mixed up is told and not half used. Errors repeat nothing of a value.
func parseKeys(text []byte) (Keys, error) {
	var keys Keys
	missing := map[string]*[32]byte{}
	for _, line := range keys.lines() {
		missing[line.name] = line.key
	}
	number := 0
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		number++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		key := missing[name]
		if key == nil {
			return Keys{}, fmt.Errorf("line %d is not one of its keys", number)
		}
		raw, err := hex.DecodeString(value)
		if err != nil || len(raw) != len(key) || bytes.Equal(raw, make([]byte, len(key))) {
			return Keys{}, fmt.Errorf("line %d is damaged", number)
		}
		copy(key[:], raw)
		delete(missing, name)
	}
	for _, line := range keys.lines() {
		if missing[line.name] != nil {
			return Keys{}, fmt.Errorf("the key %s is missing in it", line.name)
		}
	}
	return keys, nil
}

// writeFile makes a file of mode 0600 that is whole and durable, or not there.
func writeFile(path string, content []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial") // CreateTemp gives mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name()) // after a rename that failed; whatever this says, the first error counts
		}
	}()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return Sync(filepath.Dir(path))
}

// Sync makes a rename in the folder at path durable. Windows has no such call and needs none.
func Sync(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// cause is what went wrong without the path, which the line has already.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
