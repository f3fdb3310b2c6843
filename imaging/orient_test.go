package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"testing"

	"doorward/app"
)

var (
	leOrder binary.AppendByteOrder = binary.LittleEndian
	beOrder binary.AppendByteOrder = binary.BigEndian
)

func TestOrientationIsApplied(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{120, 90}, {121, 91}} {
		picture := quarters(size.X, size.Y)
		for o := 1; o <= 8; o++ {
			stored := asStored(picture, o)
			file := encodeJPEG(t, stored)
			drawing := encodePNG(t, stored)
			for name, upload := range map[string][]byte{
				"jpeg little endian": withEXIF(file, exifBlock(leOrder, o)),
				"jpeg big endian":    withEXIF(file, exifBlock(beOrder, o)),
				"jpeg jfif first":    withSegment(withEXIF(file, exifBlock(beOrder, o)), 0xe0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")),
				"png":                withChunk(drawing, pngChunk("eXIf", exifBlock(beOrder, o)), false),
				"png at its end":     withChunk(drawing, pngChunk("eXIf", exifBlock(leOrder, o)), true),
			} {
				t.Run(fmt.Sprintf("%s %v as %d", name, size, o), func(t *testing.T) {
					t.Parallel()
					made, decoded := mustMake(t, upload)
					if want := (app.Made{Format: "jpeg", Width: size.X, Height: size.Y}); made != want {
						t.Errorf("made %+v, want %+v", made, want)
					}
					for variant, img := range decoded {
						wantQuarters(t, variant, img)
					}
				})
			}
		}
	}
}

// A large picture is shrunk before it is turned.
func TestOrientationOfLargePicturesIsApplied(t *testing.T) {
	t.Parallel()
	picture := quarters(1641, 1603)
	for _, o := range underRace([]int{2, 8}, []int{8}) {
		made, decoded := mustMake(t, withEXIF(encodeJPEG(t, asStored(picture, o)), exifBlock(beOrder, o)))
		if made != (app.Made{Format: "jpeg", Width: 1641, Height: 1603}) {
			t.Errorf("as %d: made %+v", o, made)
		}
		for variant, img := range decoded {
			wantQuarters(t, fmt.Sprintf("%s as %d", variant, o), img)
		}
	}
}

func TestOrientationOfTransparentPicturesIsApplied(t *testing.T) {
	t.Parallel()
	picture := quarters(310, 205)
	for x := range 310 {
		picture.Pix[picture.PixOffset(x, 100)+3] = 0
	}
	for o := 1; o <= 8; o++ {
		upload := withChunk(encodePNG(t, asStored(picture, o)), pngChunk("eXIf", exifBlock(beOrder, o)), false)
		made, decoded := mustMake(t, upload)
		if made != (app.Made{Format: "png", Width: 310, Height: 205}) {
			t.Errorf("as %d: made %+v", o, made)
		}
		if d := difference(decoded["original"], picture); d != 0 {
			t.Errorf("as %d: original differs by %.3f", o, d)
		}
		for variant, img := range decoded {
			wantQuarters(t, variant, img)
		}
	}
}

func TestOrientationOfWebPIsApplied(t *testing.T) {
	t.Parallel()
	still := webpFile(t, "blue-purple-pink.lossless")
	_, plain := mustMake(t, still)
	for o := 1; o <= 8; o++ {
		for name, prefix := range map[string]string{"plain": "", "with the prefix of JPEG": "Exif\x00\x00"} {
			block := riffPart("EXIF", append([]byte(prefix), exifBlock(leOrder, o)...))
			_, decoded := mustMake(t, riff(canvas(1<<3, 150, 100), still[12:], block))
			want := orientation(o).apply(plain["original"])
			if d := difference(decoded["original"], want); d > 4 {
				t.Errorf("%s as %d: differs by %.2f", name, o, d)
			}
		}
	}
}

// Turning a photograph as it is stored has to show the same as turning its pixels, whatever its chroma's density and
// however odd its sides.
func TestStoredPhotographsAreTurnedAsTheirPixels(t *testing.T) {
	t.Parallel()
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		for _, size := range []image.Point{{16, 12}, {17, 13}, {16, 13}, {17, 12}, {1, 1}, {2, 1}, {1, 3}} {
			stored := resampled(photograph(size.X, size.Y, 9), ratio)
			for o := orientation(1); o <= 8; o++ {
				want := o.apply(cut(stored, stored.Rect, true))
				if d := difference(o.apply(stored), want); d != 0 {
					t.Errorf("%v %v as %d: differs by %.3f", ratio, size, o, d)
				}
			}
		}
	}
}

func TestBrokenEXIFMeansUpright(t *testing.T) {
	t.Parallel()
	good := exifBlock(leOrder, 6)
	change := func(at int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], v)
		return b
	}
	file := encodeJPEG(t, quarters(120, 90))
	blocks := map[string][]byte{
		"empty":                   {},
		"no tiff":                 []byte("hello, world, this is no directory"),
		"other order":             change(0, 'M', 'M'),
		"directory far away":      change(4, 0xff, 0xff, 0xff, 0xff),
		"directory in itself":     change(4, 0xfe, 0xff, 0xff, 0x7f),
		"more entries than there": bytes.Replace(change(8, 0xff, 0xff), []byte{0x12, 0x01}, []byte{0x13, 0x01}, 1),
		"orientation 0":           change(8+2+12+8, 0),
		"orientation 9":           change(8+2+12+8, 9),
		"orientation 65535":       change(8+2+12+8, 0xff, 0xff),
		"of another type":         change(8+2+12+2, 2),
	}
	for n := range 8 + 2 + 12 + 11 {
		blocks[fmt.Sprintf("cut at %d", n)] = good[:n]
	}
	for name, block := range blocks {
		if got := exifOrientation(block); got != upright {
			t.Errorf("%s: %d", name, got)
		}
		if made, _ := mustMake(t, withEXIF(file, block)); made.Width != 120 {
			t.Errorf("%s: made %+v", name, made)
		}
	}
	if got := exifOrientation(good); got != 6 {
		t.Errorf("the good one: %d", got)
	}
	if got := exifOrientation(change(8+2+12+2, 4)); got != 6 {
		t.Errorf("a long number: %d", got)
	}
}

func TestTheFirstEXIFCounts(t *testing.T) {
	t.Parallel()
	file := withEXIF(withEXIF(encodeJPEG(t, quarters(120, 90)), exifBlock(leOrder, 8)), exifBlock(leOrder, 1))
	file = withSegment(file, 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta/>"))
	if made, _ := mustMake(t, file); made.Width != 120 {
		t.Errorf("made %+v", made)
	}
}

// An EXIF block holds a small picture with segments and scans of its own, which are not those of the file.
func TestAThumbnailInEXIFIsNotThePicture(t *testing.T) {
	t.Parallel()
	small := encodeJPEG(t, quarters(160, 120))
	block := append(exifBlock(leOrder, 3), bytes.Repeat(small, maxScans/len(small)+3)...)
	block = append(block, bytes.Repeat([]byte{0xff, 0xda}, maxScans+1)...)
	upload := withEXIF(encodeJPEG(t, asStored(quarters(300, 200), 3)), block)
	if _, err := jpeg.Decode(bytes.NewReader(upload)); err != nil {
		t.Fatal(err)
	}
	_, decoded := mustMake(t, upload)
	wantQuarters(t, "original", decoded["original"])
}
