package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// maxReaders bounds the pool: reading is work for a core, so more connections than cores only hold memory.
const maxReaders = 8

// readers is the pool of connections that only read. Each is opened when it is first needed, so that a start stays quick.
type readers struct {
	dsn    string
	free   chan *conn // nil for one that is not open
	closed chan struct{}
}

func newReaders(path string) *readers {
	size := min(max(runtime.GOMAXPROCS(0), 2), maxReaders)
	p := &readers{dsn: readerDSN(path), free: make(chan *conn, size), closed: make(chan struct{})}
	for range size {
		p.free <- nil
	}
	return p
}

var errReadClosed = errors.New("sqlite: the store is closed")

// acquire waits for a connection until ctx ends.
func (p *readers) acquire(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, errReadClosed
	default:
	}
	select {
	case c := <-p.free:
		return p.opened(ctx, c)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, errReadClosed
	}
}

func (p *readers) opened(ctx context.Context, c *conn) (*conn, error) {
	if c != nil {
		return c, nil
	}
	c, err := openConn(ctx, p.dsn)
	if err != nil {
		p.free <- nil
		return nil, fmt.Errorf("sqlite: open reader: %w", err)
	}
	return c, nil
}

// release gives a connection back. One that is not intact (a transaction could not be ended) is closed; the next who
// needs it opens another.
func (p *readers) release(c *conn, intact bool) {
	if !intact {
		c.close() // its failure was told already, by what made it not intact
		c = nil
	}
	p.free <- c
}

// close waits until every connection is given back, and closes them.
func (p *readers) close() error {
	close(p.closed)
	var errs []error
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			errs = append(errs, c.close())
		}
	}
	return errors.Join(errs...)
}
