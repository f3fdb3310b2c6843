package imaging

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"doorward/app"
)

func TestAFailingStoreIsNotThePicturesFault(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	upload := encodePNG(t, quarters(220, 220))
	for _, c := range []struct{ createFails, writeFails, closeFails string }{
		{createFails: "medium"}, {writeFails: "small"}, {closeFails: "medium"}, {createFails: "original"}, {writeFails: "large"},
	} {
		var out memory
		_, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload), func(variant string) (app.BlobWriter, error) {
			if variant == c.createFails {
				return nil, full
			}
			w, _ := out.create(variant)
			return &failingWriter{BlobWriter: w, write: variant == c.writeFails, close: variant == c.closeFails, err: full}, nil
		})
		var e *app.Error
		if !errors.Is(err, full) || errors.As(err, &e) {
			t.Errorf("%+v: %v", c, err)
		}
		if ended := len(out.files) + len(out.aborted); ended != len(out.created) {
			t.Errorf("%+v: %d of %q ended", c, ended, out.created)
		}
		if c.closeFails == "" && len(out.files) != 0 {
			t.Errorf("%+v: there are files", c)
		}
	}
}

type failingWriter struct {
	app.BlobWriter
	write, close bool
	err          error
}

func (f *failingWriter) Write(p []byte) (int, error) {
	if f.write {
		return 0, f.err
	}
	return f.BlobWriter.Write(p)
}

func (f *failingWriter) Close() error {
	if f.close {
		f.BlobWriter.Abort()
		return f.err
	}
	return f.BlobWriter.Close()
}

func TestAFailingDiskIsNotThePicturesFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("bad sector")
	for _, upload := range [][]byte{encodePNG(t, photograph(300, 300, 1)), encodeJPEG(t, photograph(300, 300, 1))} {
		for at := 0; at < len(upload); at += len(upload) / 9 {
			var out memory
			_, err := imager(t, Options{}).Make(t.Context(), &brokenAt{Reader: bytes.NewReader(upload), at: int64(at), err: broken}, out.create)
			var e *app.Error
			if !errors.Is(err, broken) || errors.As(err, &e) {
				t.Errorf("broken at %d: %v", at, err)
			}
		}
	}
}

// brokenAt reads up to a place and fails there each time.
type brokenAt struct {
	*bytes.Reader
	at  int64
	err error
}

func (b *brokenAt) Read(p []byte) (int, error) {
	position, _ := b.Seek(0, io.SeekCurrent)
	left := b.at - position
	if left <= 0 {
		return 0, b.err
	}
	return b.Reader.Read(p[:min(int64(len(p)), left)])
}

func TestAnEndedContextEndsMake(t *testing.T) {
	t.Parallel()
	upload := encodeJPEG(t, photograph(500, 450, 4))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out memory
	if _, err := imager(t, Options{}).Make(ended, bytes.NewReader(upload), out.create); !errors.Is(err, context.Canceled) || len(out.created) != 0 {
		t.Errorf("before it began: %v, created %q", err, out.created)
	}
	for _, last := range []string{"large", "thumbnail", "original"} {
		ctx, cancel := context.WithCancel(t.Context())
		var out memory
		_, err := imager(t, Options{}).Make(ctx, bytes.NewReader(upload), func(variant string) (app.BlobWriter, error) {
			if variant == last {
				cancel()
			}
			return out.create(variant)
		})
		if !errors.Is(err, context.Canceled) || len(out.files) != 0 || !slices.Equal(out.aborted, out.created) {
			t.Errorf("at %s: %v, files %v, aborted %q of %q", last, err, out.files, out.aborted, out.created)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &cancelAt{Reader: bytes.NewReader(upload), left: len(upload) + len(upload)/2, cancel: cancel}
	if _, err := imager(t, Options{}).Make(ctx, r, out.create); !errors.Is(err, context.Canceled) {
		t.Errorf("while decoding: %v", err)
	}
}

// cancelAt cancels once so many bytes have been read.
type cancelAt struct {
	*bytes.Reader
	left   int
	cancel func()
}

func (c *cancelAt) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.left -= n; c.left <= 0 {
		c.cancel()
	}
	return n, err
}

// A picture waits while it and those being worked on would have too many pixels together, or all slots are taken.
func TestPicturesWaitForRoom(t *testing.T) {
	t.Parallel()
	upload := encodePNG(t, quarters(80, 80))
	for name, o := range map[string]Options{"pixels": {MaxPixels: 6400*2 - 1, Slots: 10}, "slots": {Slots: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := imager(t, o)
			started, release := make(chan struct{}), make(chan struct{})
			first := make(chan error, 1)
			go func() {
				var out memory
				_, err := m.Make(t.Context(), bytes.NewReader(upload), func(variant string) (app.BlobWriter, error) {
					if variant == app.VariantLarge {
						close(started)
						<-release
					}
					return out.create(variant)
				})
				first <- err
			}()
			<-started

			ctx, cancel := context.WithCancel(t.Context())
			var second, third memory
			errs := make(chan error, 2)
			go func() {
				_, err := m.Make(ctx, bytes.NewReader(upload), second.create)
				errs <- err
			}()
			for semaphore := map[string]interface {
				TryAcquire(int64) bool
				Release(int64)
			}{"pixels": m.pixels, "slots": m.slots}[name]; semaphore.TryAcquire(1); {
				semaphore.Release(1) // one is refused as soon as somebody waits in front
				runtime.Gosched()
			}
			cancel()
			if err := <-errs; !errors.Is(err, context.Canceled) || len(second.created) != 0 {
				t.Errorf("second: %v, created %q", err, second.created)
			}
			go func() {
				_, err := m.Make(t.Context(), bytes.NewReader(upload), third.create)
				errs <- err
			}()
			close(release)
			if err := <-first; err != nil {
				t.Errorf("first: %v", err)
			}
			if err := <-errs; err != nil || len(third.files) != 5 {
				t.Errorf("third: %v, files %v", err, third.files)
			}
		})
	}
}

func TestAPanicIsThePicturesFault(t *testing.T) {
	t.Parallel()
	err := guard("decode png", func() error {
		var none []byte
		_ = none[len(none)]
		return nil
	})
	refused(t, err, app.KindInvalid, app.CodeValidationFailed)
	if !strings.Contains(err.Error(), "decode png: panic: runtime error") {
		t.Errorf("the log would not know why: %v", err)
	}
}
