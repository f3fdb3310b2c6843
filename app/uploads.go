package app

import (
	"sync"
	"time"
)

// maxUploadsEach bounds the pictures that one account or key sends at one time. Each lies on the disk while it comes, for
// as long as its sender keeps it coming: without a bound one account's would fill the disk for everybody.
const maxUploadsEach = 16

var errTooManyUploads = &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "Too many pictures are on their way. Try again when one has arrived.", RetryAfter: 5 * time.Second}

// uploads counts the pictures that are on their way.
type uploads struct {
	mu   sync.Mutex
	from map[streamOwner]int
}

// begin lets one more in, until the function that it answers is called.
func (u *uploads) begin(by Actor) (done func(), err error) {
	who := streamOwner{by.Kind, by.ID}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.from[who] >= maxUploadsEach {
		return nil, errTooManyUploads
	}
	if u.from == nil {
		u.from = map[streamOwner]int{}
	}
	u.from[who]++
	return func() { u.end(who) }, nil
}

func (u *uploads) end(who streamOwner) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.from[who]--; u.from[who] == 0 {
		delete(u.from, who)
	}
}
