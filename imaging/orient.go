package imaging

import (
	"image"
	"image/draw"
)

// orientation is how a picture has to be turned, in EXIF's numbering: 1 to 8.
type orientation uint32

const upright orientation = 1

// orUpright makes an unknown number 1.
func (o orientation) orUpright() orientation {
	if o < 1 || o > 8 {
		return upright
	}
	return o
}

// swaps tells whether width and height change places.
func (o orientation) swaps() bool { return o >= 5 }

// mirrored tells which sides of the turned picture begin where the stored one's ended.
func (o orientation) mirrored() (x, y bool) {
	return o == 2 || o == 3 || o == 6 || o == 7, o == 3 || o == 4 || o == 7 || o == 8
}

// apply turns one of the kinds of image that picture names; an upright one is given back as it is.
func (o orientation) apply(img image.Image) image.Image {
	if o == upright {
		return img
	}
	switch m := img.(type) {
	case *image.Gray:
		p := o.turn(plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 1})
		return &image.Gray{Pix: p.pix, Stride: p.stride, Rect: image.Rect(0, 0, p.w, p.h)}
	case *image.RGBA:
		p := o.turn(plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4})
		return &image.RGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rect(0, 0, p.w, p.h)}
	case *image.NRGBA:
		p := o.turn(plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4})
		return &image.NRGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rect(0, 0, p.w, p.h)}
	case *image.YCbCr:
		if turned, ok := o.turnYCbCr(m); ok {
			return turned
		}
	}
	dst := image.NewRGBA(img.Bounds())
	draw.Draw(dst, dst.Rect, img, dst.Rect.Min, draw.Src)
	return o.apply(dst)
}

// turnYCbCr turns a photograph as it is stored, at a third of the memory of RGBA. It can't where no subsampling of the
// turned picture has a name (4:1:1 on its side).
func (o orientation) turnYCbCr(m *image.YCbCr) (*image.YCbCr, bool) {
	ratio, halfX, halfY, ok := turnedRatio(m.SubsampleRatio, o.swaps())
	if !ok {
		return nil, false
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := w, h
	storedX, storedY := halfX, halfY
	if o.swaps() {
		storedX, storedY = halfY, halfX
	}
	if storedX {
		cw = (w + 1) / 2
	}
	if storedY {
		ch = (h + 1) / 2
	}
	luma := o.turn(plane{m.Y, m.YStride, w, h, 1})
	cb := o.turn(plane{m.Cb, m.CStride, cw, ch, 1})
	cr := o.turn(plane{m.Cr, m.CStride, cw, ch, 1})
	rect := image.Rect(0, 0, luma.w, luma.h)
	// In a mirrored side of odd length the lone chroma sample at the end comes to the beginning. Beginning at 1 says so, and
	// keeps colours where they belong.
	mirroredX, mirroredY := o.mirrored()
	if mirroredX && halfX {
		rect = rect.Add(image.Pt(luma.w%2, 0))
	}
	if mirroredY && halfY {
		rect = rect.Add(image.Pt(0, luma.h%2))
	}
	return &image.YCbCr{
		Y: luma.pix, Cb: cb.pix, Cr: cr.pix,
		YStride: luma.stride, CStride: cb.stride,
		SubsampleRatio: ratio, Rect: rect,
	}, true
}

// turnedRatio gives the subsampling of the turned picture, and along which of its sides chroma has half as many samples.
func turnedRatio(ratio image.YCbCrSubsampleRatio, swap bool) (turned image.YCbCrSubsampleRatio, halfX, halfY, ok bool) {
	switch {
	case ratio == image.YCbCrSubsampleRatio444:
		return ratio, false, false, true
	case ratio == image.YCbCrSubsampleRatio420:
		return ratio, true, true, true
	case ratio == image.YCbCrSubsampleRatio422 && !swap, ratio == image.YCbCrSubsampleRatio440 && swap:
		return image.YCbCrSubsampleRatio422, true, false, true
	case ratio == image.YCbCrSubsampleRatio440 && !swap, ratio == image.YCbCrSubsampleRatio422 && swap:
		return image.YCbCrSubsampleRatio440, false, true, true
	}
	return ratio, false, false, false
}

// plane is a rectangle of pixels of size bytes each.
type plane struct {
	pix    []byte
	stride int
	w, h   int
	size   int
}

// turn copies src into a new plane. Where the first pixel comes from, and how far apart in src two neighbours of a row and
// of a column are, says all about a turn.
func (o orientation) turn(src plane) plane {
	dst := plane{w: src.w, h: src.h, size: src.size}
	if o.swaps() {
		dst.w, dst.h = src.h, src.w
	}
	dst.stride = dst.w * dst.size
	dst.pix = make([]byte, dst.stride*dst.h)
	n, s := src.size, src.stride
	right, bottom := (src.w-1)*n, (src.h-1)*s
	var start, across, down int
	switch o {
	case 2:
		start, across, down = right, -n, s
	case 3:
		start, across, down = right+bottom, -n, -s
	case 4:
		start, across, down = bottom, n, -s
	case 5:
		start, across, down = 0, s, n
	case 6:
		start, across, down = bottom, -s, n
	case 7:
		start, across, down = right+bottom, -s, -n
	case 8:
		start, across, down = right, s, -n
	default:
		start, across, down = 0, n, s
	}
	for y := range dst.h {
		row, from := dst.pix[y*dst.stride:(y+1)*dst.stride], start+y*down
		if n == 1 {
			for x := range row {
				row[x] = src.pix[from]
				from += across
			}
			continue
		}
		for ; len(row) >= 4; row = row[4:] {
			p := src.pix[from : from+4 : from+4]
			row[0], row[1], row[2], row[3] = p[0], p[1], p[2], p[3]
			from += across
		}
	}
	return dst
}
