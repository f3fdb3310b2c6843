package imaging

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"doorward/app"
)

func TestNothingButThePictureSurvives(t *testing.T) {
	t.Parallel()
	const script = "<script>alert(1)</script>"
	large := quarters(underRace(900, 300), underRace(850, 250))
	photo, drawing := encodeJPEG(t, large), encodePNG(t, large)
	clear := quarters(large.Rect.Dx(), large.Rect.Dy())
	clear.SetNRGBA(0, 0, color.NRGBA{})
	var animated bytes.Buffer
	if err := gif.Encode(&animated, image.NewPaletted(image.Rect(0, 0, 90, 90), color.Palette{red}), nil); err != nil {
		t.Fatal(err)
	}
	webp := webpFile(t, "blue-purple-pink.lossless")
	for name, upload := range map[string][]byte{
		"behind a jpeg":      append(bytes.Clone(photo), script...),
		"comment of a jpeg":  withSegment(photo, 0xfe, []byte(script)),
		"profile of a jpeg":  withSegment(photo, 0xe2, []byte("ICC_PROFILE\x00\x01\x01"+script)),
		"exif of a jpeg":     withEXIF(photo, append(exifBlock(leOrder, 1), script...)),
		"jfif of a jpeg":     withSegment(photo, 0xe0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"+script)),
		"behind a png":       append(bytes.Clone(drawing), script...),
		"text of a png":      withChunk(drawing, pngChunk("tEXt", []byte("Comment\x00"+script)), false),
		"text of an alpha":   withChunk(encodePNG(t, clear), pngChunk("tEXt", []byte("Comment\x00"+script)), false),
		"unknown in a png":   withChunk(drawing, pngChunk("evIl", []byte(script)), true),
		"behind a gif":       append(animated.Bytes(), script...),
		"comment of a gif":   append(animated.Bytes()[:animated.Len()-1:animated.Len()-1], "\x21\xfe\x19"+script+"\x00\x3b"...),
		"behind a webp":      append(bytes.Clone(webp), script...),
		"metadata of a webp": riff(canvas(0, 150, 100), webp[12:], riffPart("XMP ", []byte(script))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !bytes.Contains(upload, []byte(script)) {
				t.Fatal("no script went in")
			}
			var out memory
			made, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload), out.create)
			if err != nil {
				t.Fatal(err)
			}
			variants(t, made, &out)
			for variant, file := range out.files {
				if bytes.Contains(file.Bytes(), []byte("script")) || bytes.Contains(file.Bytes(), []byte("alert")) {
					t.Errorf("it is in %s", variant)
				}
			}
		})
	}
}

// Cut anywhere, a picture is refused, unless all of its pixels were there.
func TestTruncatedPicturesAreRefused(t *testing.T) {
	t.Parallel()
	photo := photograph(64, 48, 2)
	alpha := quarters(40, 30)
	alpha.SetNRGBA(0, 0, color.NRGBA{})
	var animated bytes.Buffer
	if err := gif.Encode(&animated, photo, nil); err != nil {
		t.Fatal(err)
	}
	lossy := webpFile(t, "blue-purple-pink.lossy")
	for name, upload := range map[string][]byte{
		"jpeg": encodeJPEG(t, photo), "progressive jpeg": progressiveJPEG(10), "png": encodePNG(t, photo), "alpha png": encodePNG(t, alpha),
		"gif": animated.Bytes(), "lossy webp": lossy, "lossless webp": webpFile(t, "blue-purple-pink.lossless"),
		"animated webp": riff(canvas(webpAnimated, 150, 100), riffPart("ANMF", append([]byte{0, 0, 0, 0, 0, 0, 149, 0, 0, 99, 0, 0, 0, 0, 0, 0}, lossy[12:]...))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, whole := mustMake(t, upload)
			step := max(1, len(upload)/150)
			refusals := 0
			for n := 0; n < len(upload); n += step {
				if n > len(upload)-20 {
					step = 1 // the ends are where decoders are lenient
				}
				var out memory
				made, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload[:n]), out.create)
				if err == nil {
					got := variants(t, made, &out)
					if d := difference(got["original"], whole["original"]); d != 0 {
						t.Fatalf("of %d bytes %d make a picture that differs by %.2f", len(upload), n, d)
					}
					continue
				}
				refusals++
				var e *app.Error
				if !errors.As(err, &e) || e.Code != app.CodeUnsupportedMediaType && e.Code != app.CodeValidationFailed {
					t.Fatalf("%d bytes: %v", n, err)
				}
				if len(out.files) != 0 {
					t.Fatalf("%d bytes: files %v", n, out.files)
				}
			}
			if refusals < 100 && len(upload) > 200 {
				t.Errorf("only %d refusals", refusals)
			}
		})
	}
}
