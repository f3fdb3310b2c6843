package imaging

import (
	"image"
	"image/draw"

	resize "github.com/disintegration/imaging"
	scale "golang.org/x/image/draw"
)

// square cuts the square out of the middle of img and shrinks it to side, or leaves it smaller than that. Halving comes
// first: it costs a fraction of a good filter and is nearly as good, because each new pixel is the mean of exactly four. What
// is then less than twice too large is shrunk with a filter that keeps edges sharp. The result is an *image.RGBA if opaque
// and an *image.NRGBA if not.
func square(img image.Image, side int, opaque bool) image.Image {
	crop := middle(img.Bounds())
	for crop.Dx() >= 2*side {
		img = halve(img, crop)
		crop = img.Bounds()
	}
	if crop.Dx() <= side {
		return cut(img, crop, opaque)
	}
	small := resize.Resize(cut(img, crop, opaque), side, side, resize.CatmullRom)
	if opaque {
		return asRGBA(small)
	}
	return small
}

// cut gives a part of img as RGBA if opaque and as NRGBA if not, without copying where it is that already.
func cut(img image.Image, part image.Rectangle, opaque bool) image.Image {
	switch m := img.(type) {
	case *image.RGBA:
		if opaque {
			return m.SubImage(part)
		}
	case *image.NRGBA:
		if !opaque {
			return m.SubImage(part)
		}
	}
	size := image.Rect(0, 0, part.Dx(), part.Dy())
	if opaque {
		dst := image.NewRGBA(size)
		draw.Draw(dst, size, img, part.Min, draw.Src)
		return dst
	}
	dst := image.NewNRGBA(size)
	draw.Draw(dst, size, img, part.Min, draw.Src)
	return dst
}

// middle is the largest square in the middle of r.
func middle(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	at := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))}
}

// halve shrinks a part of img to half its width and height. A photograph is halved as it is stored, where chroma often has
// been halved already: a third of the time of going through RGBA.
func halve(img image.Image, part image.Rectangle) image.Image {
	w, h := part.Dx()/2, part.Dy()/2
	switch m := img.(type) {
	case *image.Gray:
		p := plane{pix: m.Pix[m.PixOffset(part.Min.X, part.Min.Y):], stride: m.Stride}.mean(w, h, 2, 2)
		return &image.Gray{Pix: p.pix, Stride: p.stride, Rect: image.Rect(0, 0, w, h)}
	case *image.YCbCr:
		if _, halfX, halfY, ok := turnedRatio(m.SubsampleRatio, false); ok {
			return halveYCbCr(m, part.Min, w, h, halfX, halfY)
		}
	}
	half := image.NewRGBA(image.Rect(0, 0, w, h))
	scale.ApproxBiLinear.Scale(half, half.Rect, img, part, draw.Src, nil)
	return half
}

// halveYCbCr gives w times h pixels with a chroma sample each, from twice as many at m's at.
func halveYCbCr(m *image.YCbCr, at image.Point, w, h int, halfX, halfY bool) *image.YCbCr {
	across, down := 2, 2 // how many chroma samples become one
	if halfX {
		across, at.X = 1, at.X&^1 // a chroma sample belongs to a pixel of even place and its neighbour
	}
	if halfY {
		down, at.Y = 1, at.Y&^1
	}
	c := m.COffset(at.X, at.Y)
	luma := plane{pix: m.Y[m.YOffset(at.X, at.Y):], stride: m.YStride}.mean(w, h, 2, 2)
	cb := plane{pix: m.Cb[c:], stride: m.CStride}.mean(w, h, across, down)
	cr := plane{pix: m.Cr[c:], stride: m.CStride}.mean(w, h, across, down)
	return &image.YCbCr{
		Y: luma.pix, Cb: cb.pix, Cr: cr.pix,
		YStride: luma.stride, CStride: cb.stride,
		SubsampleRatio: image.YCbCrSubsampleRatio444, Rect: image.Rect(0, 0, w, h),
	}
}

// mean makes a plane of w times h bytes, each the mean of a field of across times down, which are 1 or 2. It always adds up
// four: where a field has fewer, the same ones again.
func (p plane) mean(w, h, across, down int) plane {
	dst := plane{pix: make([]byte, w*h), stride: w, w: w, h: h, size: 1}
	for y := range h {
		upper := p.pix[y*down*p.stride:]
		lower := p.pix[(y*down+down-1)*p.stride:]
		upper, lower = upper[:w*across], lower[:w*across]
		row := dst.pix[y*w : (y+1)*w]
		for x := range row {
			i := x * across
			j := i + across - 1
			row[x] = uint8((uint(upper[i]) + uint(upper[j]) + uint(lower[i]) + uint(lower[j]) + 2) / 4)
		}
	}
	return dst
}
