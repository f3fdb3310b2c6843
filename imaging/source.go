package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// source reads an upload. It ends when its context does, which stops a decoder in the middle of its work, and it remembers
// an error of the reading itself, so that a broken disk or connection is not taken for a broken picture.
type source struct {
	ctx context.Context
	r   io.Reader
	err error // the first that is not io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = err
	}
	return n, err
}

// rewind goes back to the beginning; what is read must be seekable.
func (s *source) rewind() error {
	seeker, ok := s.r.(io.Seeker)
	if !ok {
		return errors.New("rewind picture: not seekable")
	}
	if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind picture: %w", err)
	}
	return nil
}

// again rewinds and gives a buffered reader. The buffer is small enough for an ended context to show within milliseconds.
func (s *source) again() (*bufio.Reader, error) {
	if err := s.rewind(); err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(s, 16<<10), nil
}
