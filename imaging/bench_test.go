package imaging

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"doorward/app"
)

// photograph draws something that costs what a photograph costs: soft light, textures of several sizes, hard edges and the
// grain of a sensor. The same seed gives the same picture.
func photograph(w, h int, seed uint64) *image.YCbCr {
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

// twelveMegapixels is what a telephone sends: 4000x3000, 4:2:0.
var twelveMegapixels = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photograph(4000, 3000, 7), &jpeg.Options{Quality: 90}); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// discard keeps the size of what is written.
type discard struct{ n int }

func (d *discard) Write(p []byte) (int, error) { d.n += len(p); return len(p), nil }
func (d *discard) Close() error                { return nil }
func (d *discard) Abort()                      {}

// BenchmarkDecodeAlone is the control: what no implementation on this decoder can go below.
func BenchmarkDecodeAlone(b *testing.B) {
	upload := twelveMegapixels()
	b.SetBytes(int64(len(upload)))
	measured(b, func() {
		if _, err := jpeg.Decode(bytes.NewReader(upload)); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkSquares decodes and makes the four square variants.
func BenchmarkSquares(b *testing.B) {
	upload := twelveMegapixels()
	b.SetBytes(int64(len(upload)))
	m, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	measured(b, func() {
		src := &source{ctx: context.Background(), r: bytes.NewReader(upload)}
		claimed, err := m.inspect(src)
		if err != nil {
			b.Fatal(err)
		}
		pic, err := decode(src, claimed)
		if err != nil {
			b.Fatal(err)
		}
		out := newOutput(src.ctx, pic, func(string) (app.BlobWriter, error) { return &discard{}, nil })
		if err := pic.writeSquares(out); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkMake is the whole, with the original.
func BenchmarkMake(b *testing.B) { benchmarkMake(b, twelveMegapixels()) }

// BenchmarkMakeLargest makes what DefaultMaxPixels just lets in, on its side: the most memory that a photograph takes.
func BenchmarkMakeLargest(b *testing.B) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, photograph(8660, 5772, 7), &jpeg.Options{Quality: 80}); err != nil {
		b.Fatal(err)
	}
	benchmarkMake(b, withEXIF(file.Bytes(), exifBlock(leOrder, 6)))
}

// BenchmarkMakeTransparent makes PNGs from 4 megapixels.
func BenchmarkMakeTransparent(b *testing.B) {
	picture := cut(photograph(2400, 1700, 7), image.Rect(0, 0, 2400, 1700), false).(*image.NRGBA)
	picture.SetNRGBA(0, 0, color.NRGBA{})
	benchmarkMake(b, encodePNG(b, picture))
}

func benchmarkMake(b *testing.B, upload []byte) {
	b.Helper()
	b.SetBytes(int64(len(upload)))
	m, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	measured(b, func() {
		_, err := m.Make(context.Background(), bytes.NewReader(upload), func(string) (app.BlobWriter, error) { return &discard{}, nil })
		if err != nil {
			b.Fatal(err)
		}
	})
}
