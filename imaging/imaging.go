// Package imaging makes the variants of an avatar from an upload. It tells the format by content, refuses what claims too
// many pixels before a single one is decoded, decodes once, and writes new files that carry nothing of the upload but its
// picture: no metadata, no trailing bytes, no byte of the original encoding. Everything that an upload can make go wrong
// ends as an *app.Error; any other error is about the disk, the store or the context, and trying again may help.
// Start reading at Imager.Make.
package imaging

import (
	"context"
	"fmt"
	"image"
	"io"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/semaphore"

	"doorward/app"
)

// DefaultMaxPixels is the limit of an Imager whose Options name none.
const DefaultMaxPixels = 50_000_000

// manyPixels is from how many on a picture's memory is given back to the machine when the picture is done, rather than by and
// by: it costs a hundredth of making the variants, and the next picture begins with the memory of none.
const manyPixels = 1 << 20

// Options are the limits of an Imager.
type Options struct {
	// MaxPixels is the most that one picture may claim, and the most that all pictures being worked on at one time have
	// together. 0 means DefaultMaxPixels. A pixel takes about 5 bytes of memory in most photographs and up to 15 at once
	// in a progressive JPEG without chroma subsampling; what the garbage collector has not fetched yet comes on top.
	MaxPixels int64
	// Slots is how many pictures are worked on at one time. 0 means half of the processors, but at least one.
	Slots int
}

// Imager is an app.Imager. Its methods may be called concurrently.
type Imager struct {
	maxPixels int64
	slots     *semaphore.Weighted
	pixels    *semaphore.Weighted
}

var _ app.Imager = (*Imager)(nil)

// New makes an Imager. Negative limits are an error.
func New(o Options) (*Imager, error) {
	if o.MaxPixels < 0 || o.Slots < 0 {
		return nil, fmt.Errorf("new imager: negative limit (%d pixels, %d slots)", o.MaxPixels, o.Slots)
	}
	if o.MaxPixels == 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	if o.Slots == 0 {
		o.Slots = max(1, runtime.GOMAXPROCS(0)/2)
	}
	return &Imager{
		maxPixels: o.MaxPixels,
		slots:     semaphore.NewWeighted(int64(o.Slots)),
		pixels:    semaphore.NewWeighted(o.MaxPixels),
	}, nil
}

// Make writes the five variants of upload, as app.Imager says. Nothing is closed before all five are encoded, so that a
// picture that turns out bad, or an ended context, leaves no file behind. The upload is read from its beginning, whatever
// its position.
func (m *Imager) Make(ctx context.Context, upload io.ReadSeeker, create func(variant string) (app.BlobWriter, error)) (app.Made, error) {
	src := &source{ctx: ctx, r: upload}
	if err := src.rewind(); err != nil {
		return app.Made{}, err
	}
	claimed, err := m.inspect(src)
	if err != nil {
		return app.Made{}, err
	}
	release, err := m.acquire(ctx, claimed)
	if err != nil {
		return app.Made{}, err
	}
	defer release()

	pic, err := decode(src, claimed)
	if err != nil {
		return app.Made{}, err
	}
	out := newOutput(ctx, pic, create)
	defer out.abort()
	if err := pic.writeSquares(out); err != nil {
		return app.Made{}, err
	}
	if err := pic.writeOriginal(out); err != nil {
		return app.Made{}, err
	}
	if err := out.close(); err != nil {
		return app.Made{}, err
	}
	size := pic.size()
	return app.Made{Format: out.format(), Width: size.X, Height: size.Y}, nil
}

// acquire waits for a slot and for room for the picture's pixels. The slot comes first: who waits for pixels holds no
// pixels, so nobody waits for ever.
func (m *Imager) acquire(ctx context.Context, p app.Picture) (release func(), err error) {
	if err := m.slots.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("wait for a slot: %w", err)
	}
	n := int64(p.Width) * int64(p.Height)
	if err := m.pixels.Acquire(ctx, n); err != nil {
		m.slots.Release(1)
		return nil, fmt.Errorf("wait for room for %d pixels: %w", n, err)
	}
	return func() {
		if n >= manyPixels {
			debug.FreeOSMemory()
		}
		m.pixels.Release(n)
		m.slots.Release(1)
	}, nil
}

// picture is a decoded upload: *image.YCbCr, *image.Gray or *image.RGBA when it is opaque, *image.NRGBA when it is not, with
// its upper left corner at 0,0. It still has to be turned.
type picture struct {
	image.Image
	opaque      bool
	orientation orientation
}

// size is the picture's size after turning.
func (p picture) size() image.Point {
	s := p.Bounds().Size()
	if p.orientation.swaps() {
		return image.Pt(s.Y, s.X)
	}
	return s
}

func (p picture) writeOriginal(out *output) error {
	var upright image.Image
	err := guard("turn picture", func() (err error) {
		upright = p.orientation.apply(p.Image)
		return nil
	})
	if err != nil {
		return err
	}
	return out.write(app.VariantOriginal, upright)
}

// writeSquares turns the largest square instead of the whole picture, and makes each smaller one from the larger: both
// look the same as the long way and cost a small part of it.
func (p picture) writeSquares(out *output) error {
	var last image.Image
	for _, v := range []struct {
		name string
		side int
	}{
		{app.VariantLarge, 800},
		{app.VariantMedium, 400},
		{app.VariantSmall, 200},
		{app.VariantThumbnail, 100},
	} {
		err := guard("shrink picture", func() error {
			if last == nil {
				last = p.orientation.apply(square(p.Image, v.side, p.opaque))
			} else {
				last = square(last, v.side, p.opaque)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := out.write(v.name, last); err != nil {
			return err
		}
	}
	return nil
}
