package imaging

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"doorward/app"
)

// The formats that are taken, by the names that app.Picture has for them.
const (
	formatJPEG = "jpeg"
	formatPNG  = "png"
	formatGIF  = "gif"
	formatWebP = "webp"
)

// headSize is how far into a file claims looks.
const headSize = 30

// Inspect tells format and size from the head of an upload, as app.Imager says. It reads as far as the size stands, and some
// thousand bytes more. An error that is no *app.Error comes from r.
func (m *Imager) Inspect(r io.Reader) (app.Picture, error) {
	return m.inspect(&source{ctx: context.Background(), r: r})
}

func (m *Imager) inspect(src *source) (app.Picture, error) {
	r := bufio.NewReaderSize(src, 4<<10)
	head, _ := r.Peek(headSize) // a shorter file is no error: DecodeConfig will say what is missing
	p := app.Picture{Format: sniff(head)}
	// Looked at first because some decoders call a size that they can't multiply a format error.
	if w, h := claims(p.Format, head); w*h > uint64(m.maxPixels) {
		return app.Picture{}, errTooManyPixels(m.maxPixels)
	}
	var size image.Point
	err := guard("read picture head", func() (err error) {
		size, err = headOf(p.Format, r)
		return err
	})
	if src.err != nil {
		return app.Picture{}, fmt.Errorf("read picture head: %w", src.err)
	}
	if err != nil {
		return app.Picture{}, fmt.Errorf("read picture head: %v: %w", err, errNoPicture())
	}
	if int64(size.X)*int64(size.Y) > m.maxPixels {
		return app.Picture{}, errTooManyPixels(m.maxPixels)
	}
	p.Width, p.Height = size.X, size.Y
	return p, nil
}

// sniff tells the format by its first bytes; "" is none that is taken.
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return formatJPEG
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return formatPNG
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return formatGIF
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return formatWebP
	}
	return ""
}

// claims gives the size that stands at a fixed place, as an upper bound of at most 32 bits each; 0, 0 when there is none.
func claims(format string, head []byte) (w, h uint64) {
	if len(head) < headSize {
		return 0, 0
	}
	switch {
	case format == formatPNG:
		return uint64(binary.BigEndian.Uint32(head[16:])), uint64(binary.BigEndian.Uint32(head[20:]))
	case isExtendedWebP(head):
		return uint64(uint24(head[24:])) + 1, uint64(uint24(head[27:])) + 1
	}
	return 0, 0
}

// headOf reads the size with the format's own decoder. An error is a head that can't be read.
func headOf(format string, r *bufio.Reader) (image.Point, error) {
	var c image.Config
	var err error
	switch format {
	case formatJPEG:
		c, err = jpeg.DecodeConfig(r)
	case formatPNG:
		c, err = png.DecodeConfig(r)
	case formatGIF:
		c, err = gif.DecodeConfig(r)
	case formatWebP:
		c, err = webp.DecodeConfig(r)
	default:
		return image.Point{}, errors.New("unknown format")
	}
	if err != nil {
		return image.Point{}, err
	}
	size := image.Pt(c.Width, c.Height)
	if size.X <= 0 || size.Y <= 0 {
		return image.Point{}, fmt.Errorf("no pixels: %v", size)
	}
	if format == formatGIF {
		// The decoder reads exactly the screen and its colours, so the first frame follows. A frame larger than the screen is
		// refused by Decode, but only here can it be told as what it is: too large.
		frame, err := firstGIFFrame(r)
		if err != nil {
			return image.Point{}, err
		}
		if frame.X*frame.Y > size.X*size.Y {
			size = frame
		}
	}
	return size, nil
}

// firstGIFFrame skips extensions up to the first frame and gives its size.
func firstGIFFrame(r *bufio.Reader) (image.Point, error) {
	for {
		kind, err := r.ReadByte()
		if err != nil {
			return image.Point{}, fmt.Errorf("find first frame: %w", err)
		}
		switch kind {
		case 0x2c: // image: left, top, width, height
			var b [8]byte
			if _, err := io.ReadFull(r, b[:]); err != nil {
				return image.Point{}, fmt.Errorf("read first frame: %w", err)
			}
			return image.Pt(int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))), nil
		case 0x21: // extension: a label, blocks, an empty block
			if err := skipGIFExtension(r); err != nil {
				return image.Point{}, fmt.Errorf("skip extension: %w", err)
			}
		default:
			return image.Point{}, fmt.Errorf("no frame, but block %#x", kind)
		}
	}
}

func skipGIFExtension(r *bufio.Reader) error {
	if _, err := r.Discard(1); err != nil {
		return err
	}
	for {
		n, err := r.ReadByte()
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if _, err := r.Discard(int(n)); err != nil {
			return err
		}
	}
}
