package imaging

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"doorward/app"
)

// seeds are small pictures of each kind, good and broken.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	alpha := quarters(9, 7)
	alpha.SetNRGBA(0, 0, color.NRGBA{})
	grey := image.NewGray(image.Rect(0, 0, 5, 5))
	var animated bytes.Buffer
	if err := gif.Encode(&animated, image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{red, blue}), nil); err != nil {
		f.Fatal(err)
	}
	photo := encodeJPEG(f, quarters(16, 9))
	still := webpFile(f, "gopher-doc.1bpp.lossless")
	lossy := webpFile(f, "blue-purple-pink.lossy")
	return [][]byte{
		photo, withEXIF(photo, exifBlock(leOrder, 6)), encodeJPEG(f, grey), flatJPEG(true, 255, 40, 40, 255), progressiveJPEG(3),
		encodePNG(f, quarters(9, 7)), encodePNG(f, alpha), encodePNG(f, image.NewGray16(grey.Rect)),
		withChunk(encodePNG(f, alpha), pngChunk("eXIf", exifBlock(beOrder, 5)), true),
		encodePNG(f, image.NewPaletted(grey.Rect, color.Palette{red, color.NRGBA{}})),
		animated.Bytes(), gifHead(4, 4, 2, 2), still, lossy,
		riff(canvas(webpAnimated, 150, 100), riffPart("ANMF", append([]byte{0, 0, 0, 0, 0, 0, 149, 0, 0, 99, 0, 0, 0, 0, 0, 0}, lossy[12:]...))),
		riff(canvas(1<<3, 150, 100), lossy[12:], riffPart("EXIF", exifBlock(leOrder, 8))),
		pngHead(50_000, 50_000, 8, 6), jpegHead(65_535, 65_535), []byte("<svg/>"), nil,
	}
}

func FuzzInspect(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	m := imager(f, Options{})
	f.Fuzz(func(t *testing.T, upload []byte) {
		p, err := m.Inspect(bytes.NewReader(upload))
		var e *app.Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			return
		}
		if p.Format == "" || p.Width <= 0 || p.Height <= 0 || int64(p.Width)*int64(p.Height) > DefaultMaxPixels {
			t.Fatalf("passed %+v", p)
		}
	})
}

func FuzzMake(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	m := imager(f, Options{MaxPixels: 50_000}) // small, so that fuzzing is about bytes and not about pixels
	f.Fuzz(func(t *testing.T, upload []byte) {
		var out memory
		made, err := m.Make(t.Context(), bytes.NewReader(upload), out.create)
		if err != nil {
			var e *app.Error
			if !errors.As(err, &e) || len(out.files) != 0 {
				t.Fatal(err)
			}
			return
		}
		variants(t, made, &out)
	})
}

func FuzzOrientation(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Add(exifBlock(leOrder, 3))
	f.Add(exifBlock(beOrder, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := exifOrientation(data); o < 1 || o > 8 {
			t.Fatalf("block: %d", o)
		}
		for _, format := range []string{formatJPEG, formatPNG, formatGIF, formatWebP} {
			o, err := survey(format, bufio.NewReader(bytes.NewReader(data)))
			if o < 1 || o > 8 || err != nil && !errors.Is(err, errTooManyScans) {
				t.Fatalf("%s: %d, %v", format, o, err)
			}
		}
	})
}
