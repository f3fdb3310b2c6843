package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"doorward/app"
)

func TestInspectTellsFormatAndSizeByContent(t *testing.T) {
	t.Parallel()
	var animated bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 31, 17), color.Palette{red, blue})
	if err := gif.Encode(&animated, frame, nil); err != nil {
		t.Fatal(err)
	}
	m := imager(t, Options{})
	for name, c := range map[string]struct {
		upload []byte
		want   app.Picture
	}{
		"jpeg":          {encodeJPEG(t, quarters(120, 90)), app.Picture{Format: "jpeg", Width: 120, Height: 90}},
		"png":           {encodePNG(t, quarters(33, 90)), app.Picture{Format: "png", Width: 33, Height: 90}},
		"gif":           {animated.Bytes(), app.Picture{Format: "gif", Width: 31, Height: 17}},
		"lossless webp": {webpFile(t, "blue-purple-pink.lossless"), app.Picture{Format: "webp", Width: 150, Height: 100}},
		"lossy webp":    {webpFile(t, "blue-purple-pink.lossy"), app.Picture{Format: "webp", Width: 150, Height: 100}},
		"webp canvas":   {riff(canvas(webpAnimated, 7000, 7000)), app.Picture{Format: "webp", Width: 7000, Height: 7000}},
		"at the limit":  {pngHead(10_000, 5_000, 8, 6), app.Picture{Format: "png", Width: 10_000, Height: 5_000}},
	} {
		for reader, r := range map[string]io.Reader{"whole": bytes.NewReader(c.upload), "bytewise": iotest.OneByteReader(bytes.NewReader(c.upload))} {
			if got, err := m.Inspect(r); got != c.want || err != nil {
				t.Errorf("%s %s: %v, %v", name, reader, got, err)
			}
		}
	}
}

// gifHead is a GIF as far as its first frame's size.
func gifHead(screenW, screenH, frameW, frameH uint16) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(le.AppendUint16([]byte("GIF89a"), screenW), screenH)
	b = append(b, 0x80, 0, 0, 0, 0, 0, 255, 255, 255) // two colours
	b = append(b, "\x21\xfe\x05hello\x00"...)         // a comment
	b = append(b, 0x2c, 0, 0, 0, 0)
	b = le.AppendUint16(le.AppendUint16(b, frameW), frameH)
	return append(b, 0, 2, 2, 0x4c, 1, 0, 0x3b)
}

// jpegHead is a JPEG as far as its size.
func jpegHead(w, h uint16) []byte {
	b := []byte("\xff\xd8\xff\xc0\x00\x0b\x08")
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, h), w)
	return append(b, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0)
}

func TestInspectRefusesTooManyPixels(t *testing.T) {
	t.Parallel()
	vp8l := []byte{0x2f, 0xff, 0xff, 0xff, 0x0f}                                       // 16384x16384
	vp8 := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0, 0, 0, 0} // 16383x16383
	m := imager(t, Options{})
	for name, upload := range map[string][]byte{
		"png 50000x50000":         pngHead(50_000, 50_000, 8, 6),
		"png one pixel too many":  pngHead(50_000_001, 1, 1, 0),
		"png of the largest size": pngHead(1<<31-1, 1<<31-1, 8, 6),
		"png beyond all sizes":    pngHead(1<<32-1, 1<<32-1, 16, 6),
		"jpeg":                    jpegHead(65_535, 65_535),
		"gif screen":              gifHead(65_535, 65_535, 1, 1),
		"gif frame":               gifHead(10, 10, 65_535, 65_535),
		"webp canvas":             riff(canvas(0, 1<<24, 1<<24), riffPart("VP8 ", vp8)),
		"webp canvas 10000x10000": riff(canvas(0, 10_000, 10_000), riffPart("VP8 ", vp8)),
		"webp lossless":           riff(riffPart("VP8L", vp8l), make([]byte, 20)),
		"webp lossy":              riff(riffPart("VP8 ", vp8), make([]byte, 20)),
	} {
		_, err := m.Inspect(bytes.NewReader(upload))
		t.Run(name, func(t *testing.T) { refused(t, err, app.KindTooLarge, app.CodeTooLarge) })
		var out memory
		_, err = m.Make(t.Context(), bytes.NewReader(upload), out.create)
		t.Run("make "+name, func(t *testing.T) { refused(t, err, app.KindTooLarge, app.CodeTooLarge) })
	}
	small := imager(t, Options{MaxPixels: 99})
	_, err := small.Inspect(bytes.NewReader(encodePNG(t, quarters(10, 10))))
	refused(t, err, app.KindTooLarge, app.CodeTooLarge)
	if !strings.Contains(err.Error(), "99") {
		t.Errorf("does not name the limit: %v", err)
	}
}

func TestInspectRefusesWhatIsNoPicture(t *testing.T) {
	t.Parallel()
	whole := encodePNG(t, quarters(10, 10))
	badHead := bytes.Clone(whole)
	badHead[23]++ // the checksum no longer fits
	m := imager(t, Options{})
	for name, upload := range map[string]string{
		"nothing":            "",
		"text named .png":    "Dear all,\nthis is a letter.\n",
		"svg":                `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>`,
		"html":               "<!doctype html><title>hello</title>",
		"bmp":                "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00",
		"tiff":               "II*\x00\x08\x00\x00\x00",
		"heic":               "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1",
		"signature alone":    "\x89PNG\r\n\x1a\n",
		"junk before it":     "x" + string(whole),
		"broken head":        string(badHead),
		"jpeg without frame": "\xff\xd8\xff\xd9",
		"gif without frame":  "GIF89a\x0a\x00\x0a\x00\x00\x00\x00\x3b",
		"wave file":          "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00",
		"webp without frame": string(riff(riffPart("EXIF", make([]byte, 40)))),
		"png 0x0":            string(pngHead(0, 0, 8, 6)),
		"png 0x10":           string(pngHead(0, 10, 8, 6)),
		"gif 0x0":            string(gifHead(0, 0, 0, 0)),
		"jpeg 0x0":           string(jpegHead(0, 0)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := m.Inspect(strings.NewReader(upload))
			refused(t, err, app.KindUnsupported, app.CodeUnsupportedMediaType)
			var out memory
			_, err = m.Make(t.Context(), strings.NewReader(upload), out.create)
			refused(t, err, app.KindUnsupported, app.CodeUnsupportedMediaType)
			if len(out.created) != 0 {
				t.Errorf("created %q", out.created)
			}
		})
	}
}

func TestInspectReadsOnlyTheHead(t *testing.T) {
	t.Parallel()
	upload := encodeJPEG(t, photograph(900, 700, 3))
	r := bytes.NewReader(upload)
	if _, err := imager(t, Options{}).Inspect(r); err != nil {
		t.Fatal(err)
	}
	if read := len(upload) - r.Len(); read > 8<<10 {
		t.Errorf("read %d of %d bytes", read, len(upload))
	}
}

func TestAReadErrorIsNotThePicturesFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	whole := encodePNG(t, quarters(10, 10))
	for at := range len(whole) {
		r := io.MultiReader(bytes.NewReader(whole[:at]), iotest.ErrReader(broken))
		_, err := imager(t, Options{}).Inspect(r)
		var e *app.Error
		if err != nil && (errors.As(err, &e) || !errors.Is(err, broken)) {
			t.Errorf("broken at %d: %v", at, err)
		}
	}
	_, err := imager(t, Options{}).Inspect(iotest.ErrReader(broken))
	if !errors.Is(err, broken) {
		t.Errorf("broken at once: %v", err)
	}
}

func TestNewRefusesNegativeLimits(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{MaxPixels: -1}, {Slots: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("took %+v", o)
		}
	}
}
