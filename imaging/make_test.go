package imaging

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	resize "github.com/disintegration/imaging"

	"doorward/app"
)

func TestMakeWritesFiveVariantsOfOneFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ w, h int }{
		{1, 1}, {120, 90}, {100, 100}, {101, 99}, {90, 120}, {799, 801}, {800, 800}, {1000, 1}, {1, 1000},
		{1000, 700}, {1601, 1610},
	} {
		for format, encode := range map[string]func(testing.TB, image.Image) []byte{"jpeg": encodeJPEG, "png": encodePNG} {
			if format == "png" && c.w > underRace(1<<20, 1000) {
				continue
			}
			upload := encode(t, quarters(c.w, c.h))
			t.Run(fmt.Sprintf("%s %dx%d", format, c.w, c.h), func(t *testing.T) {
				t.Parallel()
				made, decoded := mustMake(t, upload)
				if want := (app.Made{Format: "jpeg", Width: c.w, Height: c.h}); made != want {
					t.Errorf("made %+v, want %+v", made, want)
				}
				if min(c.w, c.h) < 90 {
					return // no room for four colours
				}
				for name, img := range decoded {
					wantQuarters(t, name, img)
				}
			})
		}
	}
}

func TestSquaresShowTheMiddle(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{300, 100}, {100, 300}, underRace(image.Pt(1700, 1600), image.Pt(900, 800))} {
		img := image.NewNRGBA(image.Rectangle{Max: size})
		side := min(size.X, size.Y)
		draw.Draw(img, img.Rect, image.NewUniform(red), image.Point{}, draw.Src)
		draw.Draw(img, middle(img.Rect), image.NewUniform(green), image.Point{}, draw.Src)
		if got := middle(img.Rect); got.Dx() != side || got.Min.X*2+side != size.X || got.Min.Y*2+side != size.Y {
			t.Fatalf("middle of %v is %v", size, got)
		}
		_, decoded := mustMake(t, encodePNG(t, img))
		for _, name := range app.Variants()[1:] {
			square := decoded[name]
			last := square.Bounds().Dx() - 1
			for _, p := range []image.Point{{2, 2}, {last - 2, 2}, {2, last - 2}, {last - 2, last - 2}, {last / 2, last / 2}} {
				wantColour(t, fmt.Sprintf("%v %s %v", size, name, p), square.At(p.X, p.Y), green)
			}
		}
	}
}

// The cheap way has to look like the dear one: straight from the whole picture with the best filter.
func TestSquaresLookAsIfShrunkAtOnce(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("how it looks is told by the run without the race detector")
	}
	photo := photograph(1640, 1610, 5)
	sides := []int{800, 100}
	var want []image.Image
	for _, side := range sides {
		want = append(want, resize.Fill(photo, side, side, resize.Center, resize.Lanczos))
	}
	for ratio, src := range map[string]image.Image{
		"420": photo,
		"444": resampled(photo, image.YCbCrSubsampleRatio444), "422": resampled(photo, image.YCbCrSubsampleRatio422),
		"440": resampled(photo, image.YCbCrSubsampleRatio440), "411": resampled(photo, image.YCbCrSubsampleRatio411),
		"rgba": resize.Clone(photo),
	} {
		simple, opaque := simplify(src)
		for i, side := range sides {
			if d := difference(square(simple, side, opaque), want[i]); d > 5 {
				t.Errorf("%s at %d: grey levels are %.2f apart", ratio, side, d)
			}
		}
	}
}

// resampled is the same picture with chroma stored in another density.
func resampled(m *image.YCbCr, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	dst := image.NewYCbCr(m.Rect, ratio)
	copy(dst.Y, m.Y)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			from, to := m.COffset(x, y), dst.COffset(x, y)
			dst.Cb[to], dst.Cr[to] = m.Cb[from], m.Cr[from]
		}
	}
	return dst
}

// difference is the mean distance of all colour values, in steps of 8 bits.
func difference(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return math.Inf(1)
	}
	x, y := resize.Clone(a), resize.Clone(b)
	var sum int
	for i := range x.Pix {
		sum += max(int(x.Pix[i])-int(y.Pix[i]), int(y.Pix[i])-int(x.Pix[i]))
	}
	return float64(sum) / float64(len(x.Pix))
}

func TestTransparencyIsKeptAsPNG(t *testing.T) {
	t.Parallel()
	for _, side := range underRace([]int{240, 900, 1610}, []int{240, 1600}) {
		keptAsPNG(t, side)
	}
}

func keptAsPNG(t *testing.T, side int) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i, c := range []color.NRGBA{red, {0, 255, 0, 0}, {red.R, red.G, red.B, 127}, {0, 255, 0, 0}} { // green that nobody may see
		corner := image.Pt(i%2*(side/2), i/2*(side/2))
		for y := corner.Y; y < side; y++ { // draw.Draw would make what is clear black
			row := img.Pix[img.PixOffset(corner.X, y) : img.PixOffset(side-1, y)+4]
			copy(row, bytes.Repeat([]byte{c.R, c.G, c.B, c.A}, len(row)/4))
		}
	}
	uploads := map[string][]byte{"8 bits": encodePNG(t, img)}
	if side < 800 {
		deep := image.NewNRGBA64(img.Rect)
		draw.Draw(deep, deep.Rect, img, image.Point{}, draw.Src)
		uploads["16 bits"] = encodePNG(t, deep)
	}
	for name, upload := range uploads {
		made, decoded := mustMake(t, upload)
		if made.Format != "png" {
			t.Fatalf("%s: made %+v", name, made)
		}
		for variant, m := range decoded {
			n := m.Bounds().Dx()
			wantColour(t, name+" "+variant, m.At(n/4, n/4), red)
			wantColour(t, name+" "+variant, m.At(n/4, 3*n/4), color.NRGBA{red.R, red.G, red.B, 127})
			if _, _, _, a := m.At(3*n/4, n/4).RGBA(); a != 0 {
				t.Errorf("%s %s: not transparent", name, variant)
			}
			for x := range n {
				c := color.NRGBAModel.Convert(m.At(x, n/4)).(color.NRGBA)
				if c.A > 8 && c.G > red.G+25 {
					t.Errorf("%s %s: green shows through at %d: %v", name, variant, x, c)
					break
				}
			}
		}
	}
}

func TestOpaqueAlphaChannelsBecomeJPEG(t *testing.T) {
	t.Parallel()
	rgba64 := image.NewRGBA64(image.Rect(0, 0, 130, 100))
	draw.Draw(rgba64, rgba64.Rect, quarters(130, 100), image.Point{}, draw.Src)
	nrgba64 := image.NewNRGBA64(rgba64.Rect)
	draw.Draw(nrgba64, rgba64.Rect, quarters(130, 100), image.Point{}, draw.Src)
	nrgba64.SetNRGBA64(0, 0, color.NRGBA64{A: 0xfffe}) // so that the encoder keeps the channel
	paletted := image.NewPaletted(rgba64.Rect, color.Palette{red, green, blue, yellow, color.NRGBA{}})
	draw.Draw(paletted, paletted.Rect, quarters(130, 100), image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		img  image.Image
		want string
	}{
		"16 bits": {rgba64, "jpeg"}, "16 bits with one clear pixel": {nrgba64, "png"}, "palette with an unused clear colour": {paletted, "jpeg"},
	} {
		made, decoded := mustMake(t, encodePNG(t, c.img))
		if made.Format != c.want {
			t.Errorf("%s: made %+v", name, made)
		}
		for variant, m := range decoded {
			wantQuarters(t, name+" "+variant, m)
		}
	}
}

func TestAPictureLongerThanAJPEGCanBeIsPNG(t *testing.T) {
	t.Parallel()
	for side, format := range map[int]string{1<<16 - 1: "jpeg", 1 << 16: "png", 1<<16 + 4000: "png"} {
		for _, size := range []image.Rectangle{image.Rect(0, 0, side, 1), image.Rect(0, 0, 1, side)} {
			img := image.NewRGBA(size)
			draw.Draw(img, size, image.NewUniform(red), image.Point{}, draw.Src)
			made, decoded := mustMake(t, encodePNG(t, img))
			if made.Format != format || made.Width != size.Dx() || made.Height != size.Dy() {
				t.Errorf("%v: made %+v, want %s", size, made, format)
			}
			wantColour(t, size.String(), decoded[app.VariantOriginal].At(size.Dx()/2, size.Dy()/2), red)
		}
	}
}

func TestGreyPictures(t *testing.T) {
	t.Parallel()
	halves := func(img draw.Image) draw.Image {
		b := img.Bounds()
		draw.Draw(img, b, image.NewUniform(color.Gray{40}), image.Point{}, draw.Src)
		b.Min.X = b.Dx() / 2
		draw.Draw(img, b, image.NewUniform(color.Gray{210}), image.Point{}, draw.Src)
		return img
	}
	uploads := map[string][]byte{
		"jpeg":       encodeJPEG(t, halves(image.NewGray(image.Rect(0, 0, 300, 200)))),
		"large jpeg": encodeJPEG(t, halves(image.NewGray(image.Rect(0, 0, 1620, 1610)))),
		"png":        encodePNG(t, halves(image.NewGray(image.Rect(0, 0, 300, 200)))),
		"16 bits":    encodePNG(t, halves(image.NewGray16(image.Rect(0, 0, 300, 200)))),
	}
	uploads["turned jpeg"] = withEXIF(uploads["jpeg"], exifBlock(leOrder, 2))
	for name, upload := range uploads {
		_, decoded := mustMake(t, upload)
		for variant, m := range decoded {
			n := m.Bounds().Dx()
			left, right := color.NRGBA{40, 40, 40, 255}, color.NRGBA{210, 210, 210, 255}
			if strings.HasPrefix(name, "turned") {
				left, right = right, left
			}
			wantColour(t, name+" "+variant, m.At(n/5, n/2), left)
			wantColour(t, name+" "+variant, m.At(4*n/5, n/2), right)
		}
	}
}

func TestUnusualJPEGs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		upload []byte
		want   color.NRGBA
	}{
		"one component":    {flatJPEG(false, 90), color.NRGBA{90, 90, 90, 255}},
		"three components": {flatJPEG(false, 200, 128, 128), color.NRGBA{200, 200, 200, 255}},
		"four inks":        {flatJPEG(true, 255, 40, 40, 255), color.NRGBA{255, 40, 40, 255}},
		"progressive":      {progressiveJPEG(maxScans), color.NRGBA{200, 200, 200, 255}},
	} {
		made, decoded := mustMake(t, c.upload)
		if made.Format != "jpeg" {
			t.Errorf("%s: made %+v", name, made)
		}
		for variant, m := range decoded {
			wantColour(t, name+" "+variant, m.At(3, 3), c.want)
		}
	}
}

func TestTooManyScansAreRefused(t *testing.T) {
	t.Parallel()
	for _, scans := range []int{maxScans + 1, 10_000} {
		upload := progressiveJPEG(scans)
		if _, err := jpeg.Decode(bytes.NewReader(upload)); err != nil {
			t.Fatalf("no good picture: %v", err)
		}
		var out memory
		_, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload), out.create)
		refused(t, err, app.KindInvalid, app.CodeValidationFailed)
		if !strings.Contains(err.Error(), errTooManyScans.Error()) {
			t.Errorf("%d scans: %v", scans, err)
		}
	}
}

func TestAnIndexBeyondThePaletteIsBlack(t *testing.T) {
	t.Parallel()
	rows := []byte{}
	for y := range 16 {
		rows = append(rows, 0) // no filter
		for x := range 16 {
			rows = append(rows, byte(16*y+x))
		}
	}
	upload := pngHead(16, 16, 8, 3)
	upload = append(upload, pngChunk("PLTE", []byte{red.R, red.G, red.B, green.R, green.G, green.B})...)
	upload = append(upload, pngChunk("IDAT", deflated(t, rows))...)
	upload = append(upload, pngChunk("IEND", nil)...)
	_, decoded := mustMake(t, upload)
	wantColour(t, "far beyond", decoded["original"].At(10, 10), color.NRGBA{A: 255})

	crafted := image.NewPaletted(image.Rect(0, 0, 900, 900), color.Palette{red})
	for i := range crafted.Pix {
		crafted.Pix[i] = 255
	}
	simple, opaque := simplify(crafted)
	wantColour(t, "crafted", square(simple, 800, opaque).At(5, 5), color.NRGBA{A: 255})
}

func TestGIFShowsItsFirstFrame(t *testing.T) {
	t.Parallel()
	whole := image.Rect(0, 0, 300, 240)
	frame := func(r image.Rectangle, c color.Color) *image.Paletted {
		return image.NewPaletted(r, color.Palette{c, color.NRGBA{}})
	}
	for name, c := range map[string]struct {
		first  image.Rectangle
		format string
	}{"whole canvas": {whole, "jpeg"}, "part of the canvas": {image.Rect(100, 60, 200, 180), "png"}} {
		var upload bytes.Buffer
		err := gif.EncodeAll(&upload, &gif.GIF{
			Image:  []*image.Paletted{frame(c.first, red), frame(whole, blue)},
			Delay:  []int{10, 10},
			Config: image.Config{Width: 300, Height: 240},
		})
		if err != nil {
			t.Fatal(err)
		}
		made, decoded := mustMake(t, upload.Bytes())
		if want := (app.Made{Format: c.format, Width: 300, Height: 240}); made != want {
			t.Errorf("%s: made %+v", name, made)
		}
		for variant, m := range decoded {
			b := m.Bounds()
			wantColour(t, name+" "+variant, m.At(b.Dx()/2, b.Dy()/2), red)
			if _, _, _, a := m.At(1, 1).RGBA(); (a == 0) != (c.format == "png") {
				t.Errorf("%s %s: alpha at the edge is %d", name, variant, a)
			}
		}
	}
}

// A bomb of frames costs as much as its first one: what follows is not even looked at.
func TestGIFBombCostsOneFrame(t *testing.T) {
	t.Parallel()
	var one bytes.Buffer
	if err := gif.Encode(&one, image.NewPaletted(image.Rect(0, 0, 900, 900), color.Palette{red, blue}), nil); err != nil {
		t.Fatal(err)
	}
	trailer := one.Len() - 1
	begin := bytes.IndexByte(one.Bytes()[13:], 0x2c) + 13
	upload := one.Bytes()[:trailer]
	r := &countingReader{Reader: bytes.NewReader(slices.Concat(upload, bytes.Repeat(one.Bytes()[begin:trailer], 300), []byte{0x3b}))}
	var out memory
	made, err := imager(t, Options{}).Make(t.Context(), r, out.create)
	if err != nil {
		t.Fatal(err)
	}
	variants(t, made, &out)
	if limit := 2*trailer + 64<<10; r.n > limit {
		t.Errorf("read %d bytes of a first frame of %d", r.n, trailer)
	}
}

type countingReader struct {
	*bytes.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestGIFFrameBeyondItsScreenIsDamaged(t *testing.T) {
	t.Parallel()
	var out memory
	_, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(gifHead(10, 10, 20, 20)), out.create)
	refused(t, err, app.KindInvalid, app.CodeValidationFailed)
}

func TestWebP(t *testing.T) {
	t.Parallel()
	want, err := png.Decode(bytes.NewReader(moduleFile(t, "golang.org/x/image", "testdata/blue-purple-pink.png")))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"blue-purple-pink.lossless", "blue-purple-pink.lossy"} {
		still := webpFile(t, name)
		chunk := still[12:]
		animated := riff(canvas(webpAnimated, 300, 200), riffPart("ANIM", make([]byte, 6)),
			riffPart("ANMF", append([]byte{10, 0, 0, 5, 0, 0, 149, 0, 0, 99, 0, 0, 100, 0, 0, 0}, chunk...)),
			riffPart("ANMF", append([]byte{0, 0, 0, 0, 0, 0, 149, 0, 0, 99, 0, 0, 100, 0, 0, 0}, chunk...)))
		made, decoded := mustMake(t, still)
		if made.Format != "jpeg" || difference(decoded["original"], want) > 5 {
			t.Errorf("%s: made %+v, %.1f apart", name, made, difference(decoded["original"], want))
		}
		made, decoded = mustMake(t, animated)
		part := resize.Crop(decoded["original"], image.Rect(20, 10, 170, 110))
		if made != (app.Made{Format: "png", Width: 300, Height: 200}) || difference(part, want) > 5 {
			t.Errorf("animated %s: made %+v, %.1f apart", name, made, difference(part, want))
		}
	}
}

func TestWebPFrameBeyondItsCanvasIsDamaged(t *testing.T) {
	t.Parallel()
	chunk := webpFile(t, "blue-purple-pink.lossless")[12:]
	for name, upload := range map[string][]byte{
		"still":    riff(canvas(0, 10, 10), chunk),
		"animated": riff(canvas(webpAnimated, 150, 100), riffPart("ANMF", append([]byte{1, 0, 0, 0, 0, 0, 149, 0, 0, 99, 0, 0, 0, 0, 0, 0}, chunk...))),
		"short":    riff(canvas(webpAnimated, 150, 100), riffPart("ANMF", []byte{1, 2, 3})),
		"none":     riff(canvas(webpAnimated, 150, 100), riffPart("ANIM", make([]byte, 6))),
	} {
		var out memory
		_, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload), out.create)
		t.Run(name, func(t *testing.T) { refused(t, err, app.KindInvalid, app.CodeValidationFailed) })
	}
}
