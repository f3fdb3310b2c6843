package pictures

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"golang.org/x/image/webp"
)

func TestEveryKindIsReadAsTheSamePhotograph(t *testing.T) {
	t.Parallel()
	img := Photograph(640, 480, 7)
	decoders := map[string]func(io.Reader) (image.Image, error){"JPEG": jpeg.Decode, "progressive JPEG": jpeg.Decode, "PNG": png.Decode, "WebP": webp.Decode}
	for _, kind := range Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			file, err := kind.Encode(img)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decoders[kind.Name](bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if got.Bounds() != img.Bounds() {
				t.Fatalf("it is %v", got.Bounds())
			}
			for y := range 480 {
				for x := range 640 {
					if d := apart(got.At(x, y).RGBA())(img.At(x, y).RGBA()); d > 40 {
						t.Fatalf("at %d, %d it is %v, want %v: %d apart", x, y, got.At(x, y), img.At(x, y), d)
					}
				}
			}
		})
	}
}

// apart is how far two colours are from each other where they are furthest, of 255.
func apart(r, g, b, _ uint32) func(r, g, b, _ uint32) int {
	return func(r2, g2, b2, _ uint32) int {
		most := 0
		for _, pair := range [][2]uint32{{r, r2}, {g, g2}, {b, b2}} {
			d := int(pair[0]>>8) - int(pair[1]>>8)
			most = max(most, d, -d)
		}
		return most
	}
}
