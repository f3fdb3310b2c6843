package imaging

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"doorward/app"
)

// quality is that of all JPEGs written: above it files grow faster than anybody can see.
const quality = 90

// maxJPEGSide is the longest side that a JPEG can have, in pixels.
const maxJPEGSide = 1<<16 - 1

// output writes the variants, all in one format, and ends them together.
type output struct {
	ctx    context.Context
	create func(variant string) (app.BlobWriter, error)
	jpeg   bool // rather than PNG
	open   []app.BlobWriter
}

// newOutput decides for JPEG, unless the picture is transparent or longer than a JPEG can be: then its original would never
// be written.
func newOutput(ctx context.Context, pic picture, create func(variant string) (app.BlobWriter, error)) *output {
	size := pic.Bounds().Size()
	return &output{ctx: ctx, create: create, jpeg: pic.opaque && max(size.X, size.Y) <= maxJPEGSide}
}

// format is the media format of all variants.
func (o *output) format() string {
	if o.jpeg {
		return formatJPEG
	}
	return formatPNG
}

// write encodes one variant, and leaves it open.
func (o *output) write(variant string, img image.Image) error {
	w, err := o.create(variant)
	if err != nil {
		return fmt.Errorf("create %s: %w", variant, err)
	}
	o.open = append(o.open, w)
	if err := o.encode(untilDone{o.ctx, w}, variant, img); err != nil {
		return fmt.Errorf("write %s: %w", variant, err)
	}
	return nil
}

func (o *output) encode(w io.Writer, variant string, img image.Image) error {
	if o.jpeg {
		return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	}
	level := png.DefaultCompression
	if variant == app.VariantOriginal {
		// Seldom looked at, and by far the most pixels: a third of the time for an eighth more bytes.
		level = png.BestSpeed
	}
	return (&png.Encoder{CompressionLevel: level}).Encode(w, img)
}

// close makes all variants appear.
func (o *output) close() error {
	if err := o.ctx.Err(); err != nil {
		return fmt.Errorf("finish variants: %w", err)
	}
	for len(o.open) > 0 {
		w := o.open[0]
		o.open = o.open[1:]
		if err := w.Close(); err != nil {
			return fmt.Errorf("finish variants: %w", err)
		}
	}
	return nil
}

// abort drops what close has not reached.
func (o *output) abort() {
	for _, w := range o.open {
		w.Abort()
	}
	o.open = nil
}

// untilDone stops an encoder when the context ends.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}
