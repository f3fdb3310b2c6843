package sqlite

import "sync/atomic"

// watch tells of other processes' commits. The writer notices them; what is to be done about them is called from a
// goroutine of its own, so that it may use the store.
type watch struct {
	call    atomic.Pointer[func()]
	changed chan struct{} // holds one: several changes are told of once
	stop    chan struct{}
	ended   chan struct{}
}

func newWatch() *watch {
	w := &watch{changed: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

func (w *watch) set(fn func()) { w.call.Store(&fn) }

// note says that something changed. It never waits.
func (w *watch) note() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *watch) run() {
	defer close(w.ended)
	for {
		select {
		case <-w.changed:
			if fn := w.call.Load(); fn != nil && *fn != nil {
				(*fn)()
			}
		case <-w.stop:
			return
		}
	}
}

func (w *watch) close() {
	close(w.stop)
	<-w.ended
}
