package imaging

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
	"testing"

	"doorward/app"
	"doorward/bench/pictures"
)

// photograph draws what costs what a photograph costs. The same seed gives the same picture.
var photograph = pictures.Photograph

// twelveMegapixels are photographs as a telephone sends them, in each kind of file, by its name.
var twelveMegapixels = sync.OnceValue(func() map[string][]byte {
	img := photograph(pictures.Width, pictures.Height, 7)
	files := map[string][]byte{}
	for _, kind := range pictures.Kinds() {
		file, err := kind.Encode(img)
		if err != nil {
			panic(err)
		}
		files[kind.Name] = file
	}
	return files
})

// eachKind runs a benchmark for each kind of file.
func eachKind(b *testing.B, run func(b *testing.B, upload []byte)) {
	for _, kind := range pictures.Kinds() {
		b.Run(kind.Name, func(b *testing.B) {
			upload := twelveMegapixels()[kind.Name]
			b.SetBytes(int64(len(upload)))
			run(b, upload)
		})
	}
}

// discard keeps the size of what is written.
type discard struct{ n int }

func (d *discard) Write(p []byte) (int, error) { d.n += len(p); return len(p), nil }
func (d *discard) Close() error                { return nil }
func (d *discard) Abort()                      {}

// BenchmarkDecodeAlone is the control: what no implementation on these decoders can go below.
func BenchmarkDecodeAlone(b *testing.B) {
	eachKind(b, func(b *testing.B, upload []byte) {
		measured(b, func() {
			if _, _, err := image.Decode(bytes.NewReader(upload)); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// BenchmarkSquares decodes and makes the four square variants.
func BenchmarkSquares(b *testing.B) {
	m, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	eachKind(b, func(b *testing.B, upload []byte) {
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
	})
}

// BenchmarkMake is the whole, with the original.
func BenchmarkMake(b *testing.B) { eachKind(b, benchmarkMake) }

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
