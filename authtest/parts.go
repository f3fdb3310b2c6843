package authtest

import (
	"crypto/rand"
	"strings"
	"sync"
)

// randomKeys are the keys of one data folder.
func randomKeys() (keys [4][32]byte, err error) {
	for i := range keys {
		if _, err := rand.Read(keys[i][:]); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

// maxJournal bounds what is kept of the log, in bytes.
const maxJournal = 64 << 10

// journal keeps the beginning of a log.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.text.Len() < maxJournal {
		j.text.Write(line)
	}
	return len(line), nil
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
