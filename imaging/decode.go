package imaging

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"doorward/app"
)

// maxScans is how often a JPEG may go over its picture. Encoders use up to about 20; a crafted file of a few megabytes could
// hold a hundred thousand scans, each of which costs a pass over every block.
const maxScans = 50

var errTooManyScans = errors.New("too many scans")

// decode reads the whole picture and how it is to be turned. What is left after it is one of the few kinds of image that
// picture names, so that the resizing library, which panics in goroutines of its own on crafted palettes, never sees another.
func decode(src *source, claimed app.Picture) (picture, error) {
	var pic picture
	err := guard("decode "+claimed.Format, func() error {
		r, err := src.again()
		if err != nil {
			return err
		}
		if pic.orientation, err = survey(claimed.Format, r); err != nil {
			return damaged("survey "+claimed.Format, err)
		}
		if r, err = src.again(); err != nil {
			return err
		}
		img, err := decodeFormat(claimed, r)
		if err != nil {
			return damaged("decode "+claimed.Format, err)
		}
		// The pixels were counted by what the head claims: a picture of another size has not been paid for.
		if got := img.Bounds(); got != image.Rect(0, 0, claimed.Width, claimed.Height) {
			return damaged("decode "+claimed.Format, fmt.Errorf("claims %dx%d and is %v", claimed.Width, claimed.Height, got))
		}
		pic.Image, pic.opaque = simplify(img)
		return nil
	})
	if src.err != nil {
		return picture{}, fmt.Errorf("read picture: %w", src.err)
	}
	return pic, err
}

func decodeFormat(claimed app.Picture, r *bufio.Reader) (image.Image, error) {
	switch claimed.Format {
	case formatJPEG:
		return jpeg.Decode(r)
	case formatPNG:
		return png.Decode(r)
	case formatGIF:
		// Decode stops after the first frame, however many follow.
		frame, err := gif.Decode(r)
		if err != nil {
			return nil, err
		}
		return onCanvas(frame, image.Pt(0, 0), claimed), nil
	case formatWebP:
		return decodeWebP(claimed, r)
	}
	return nil, fmt.Errorf("unknown format %q", claimed.Format)
}

// onCanvas puts the first frame of an animation where it belongs. What it leaves free is transparent, as browsers show it.
func onCanvas(frame image.Image, at image.Point, claimed app.Picture) image.Image {
	canvas := image.Rect(0, 0, claimed.Width, claimed.Height)
	place := frame.Bounds().Add(at)
	if !place.In(canvas) {
		return frame // decode refuses it for its size
	}
	if p, ok := frame.(*image.Paletted); ok {
		frame = fromPalette(p)
	}
	if place == canvas {
		return frame
	}
	dst := image.NewNRGBA(canvas)
	draw.Draw(dst, place, frame, frame.Bounds().Min, draw.Src)
	return dst
}

// simplify brings an image to one of the kinds that picture names.
func simplify(img image.Image) (simple image.Image, opaque bool) {
	switch m := img.(type) {
	case *image.YCbCr, *image.Gray:
		return m, true
	case *image.NYCbCrA:
		if m.Opaque() {
			return &m.YCbCr, true
		}
		return fromNYCbCrA(m), false
	case *image.Paletted:
		return simplify(fromPalette(m))
	case *image.NRGBA:
		if m.Opaque() {
			return asRGBA(m), true
		}
		return m, false
	case *image.RGBA:
		if m.Opaque() {
			return m, true
		}
	case interface{ Opaque() bool }:
		if m.Opaque() {
			dst := image.NewRGBA(img.Bounds())
			draw.Draw(dst, dst.Rect, img, dst.Rect.Min, draw.Src)
			return dst, true
		}
	}
	dst := image.NewNRGBA(img.Bounds())
	draw.Draw(dst, dst.Rect, img, dst.Rect.Min, draw.Src)
	return dst, false
}

// asRGBA gives the same pixels under the other name. Without transparency the two are the same, and image/jpeg has a fast
// way for RGBA alone.
func asRGBA(m *image.NRGBA) *image.RGBA {
	return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}

// fromPalette looks up each pixel's colour. An index beyond the palette is black, as in browsers.
func fromPalette(m *image.Paletted) *image.NRGBA {
	var colours [256]color.NRGBA
	for i := range colours {
		colours[i] = color.NRGBA{A: 0xff}
		if i < len(m.Palette) {
			colours[i] = color.NRGBAModel.Convert(m.Palette[i]).(color.NRGBA)
		}
	}
	dst := image.NewNRGBA(m.Rect)
	for y := range m.Rect.Dy() {
		row := dst.Pix[y*dst.Stride:]
		for x, index := range m.Pix[y*m.Stride : y*m.Stride+m.Rect.Dx()] {
			c := colours[index]
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = c.R, c.G, c.B, c.A
		}
	}
	return dst
}

// fromNYCbCrA does what draw.Draw would, ten times faster and without rounding colours through their transparency.
func fromNYCbCrA(m *image.NYCbCrA) *image.NRGBA {
	dst := image.NewNRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(m.Rect.Min.X, y):]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			c := m.COffset(x, y)
			p := row[:4:4]
			p[0], p[1], p[2] = color.YCbCrToRGB(m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c])
			p[3] = m.A[m.AOffset(x, y)]
			row = row[4:]
		}
	}
	return dst
}
