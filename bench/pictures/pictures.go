// Package pictures makes photographs for benchmarks: what costs a decoder what a photograph costs, the same for the same
// seed, in each kind of file that an avatar may come in. Progressive JPEG and WebP are written here, since no library of the
// module writes them; the second is of the lossless kind.
package pictures

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
)

// Width and Height are twelve megapixels in whole blocks of 16, as a telephone sends them.
const Width, Height = 4000, 3008

// Kind is a kind of file.
type Kind struct {
	Name   string
	Encode func(*image.YCbCr) ([]byte, error)
}

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{
		{"JPEG", baseline}, {"progressive JPEG", func(img *image.YCbCr) ([]byte, error) { return progressive(img), nil }},
		{"PNG", asPNG}, {"WebP", func(img *image.YCbCr) ([]byte, error) { return lossless(rgb(img)), nil }},
	}
}

// Photograph draws soft light, textures of several sizes, hard edges and the grain of a sensor.
func Photograph(w, h int, seed uint64) *image.YCbCr {
	rnd := rand.New(rand.NewPCG(seed, 1))
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	type wave struct{ fx, fy, phase, height float64 }
	var waves []wave
	for octave := range 7 {
		f := math.Pi * float64(int(1)<<octave) / float64(w) * 4
		for range 2 {
			angle := rnd.Float64() * 2 * math.Pi
			waves = append(waves, wave{f * math.Cos(angle), f * math.Sin(angle), rnd.Float64() * 6, 50 / float64(octave+1)})
		}
	}
	rows, cols := make([][]float64, len(waves)), make([][]float64, len(waves))
	for i, v := range waves {
		rows[i], cols[i] = make([]float64, h), make([]float64, w)
		for y := range h {
			rows[i][y] = math.Sin(v.fy*float64(y) + v.phase)
		}
		for x := range w {
			cols[i][x] = v.height * math.Sin(v.fx*float64(x)+v.phase)
		}
	}
	for y := range h {
		for x := range w {
			light := 128.0
			for i := range waves {
				light += rows[i][y] * cols[i][x] / 2
			}
			if (x/97+y/61)%7 == 0 {
				light += 40
			}
			light += rnd.Float64()*14 - 7
			img.Y[y*img.YStride+x] = uint8(min(max(light, 0), 255))
		}
	}
	for y := range (h + 1) / 2 {
		for x := range (w + 1) / 2 {
			img.Cb[y*img.CStride+x] = uint8(128 + rows[1][min(2*y, h-1)]*cols[2][min(2*x, w-1)] + rnd.Float64()*4)
			img.Cr[y*img.CStride+x] = uint8(128 + rows[0][min(2*y, h-1)]*cols[3][min(2*x, w-1)] + rnd.Float64()*4)
		}
	}
	return img
}

func baseline(img *image.YCbCr) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90})
	return out.Bytes(), err
}

func asPNG(img *image.YCbCr) ([]byte, error) {
	var out bytes.Buffer
	err := png.Encode(&out, rgb(img))
	return out.Bytes(), err
}

// rgb is a picture in the colours that PNG and WebP hold.
func rgb(img *image.YCbCr) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.YCbCrAt(x, y)
			r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			copy(out.Pix[out.PixOffset(x, y):], []byte{r, g, b, 255})
		}
	}
	return out
}
