package imaging

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"doorward/app"
)

// memory takes what Make writes and remembers how each file ended.
type memory struct {
	files   map[string]*bytes.Buffer // the closed ones
	aborted []string
	created []string
}

func (m *memory) create(variant string) (app.BlobWriter, error) {
	m.created = append(m.created, variant)
	return &memoryWriter{m: m, name: variant}, nil
}

type memoryWriter struct {
	bytes.Buffer
	m     *memory
	name  string
	ended bool
}

func (w *memoryWriter) Close() error {
	if w.ended {
		return errors.New("ended twice")
	}
	w.ended = true
	if w.m.files == nil {
		w.m.files = make(map[string]*bytes.Buffer)
	}
	w.m.files[w.name] = &w.Buffer
	return nil
}

func (w *memoryWriter) Abort() {
	if !w.ended {
		w.ended = true
		w.m.aborted = append(w.m.aborted, w.name)
	}
}

// variants decodes all that was made, and fails unless there are exactly the five, clean and of one format.
func variants(t testing.TB, made app.Made, m *memory) map[string]image.Image {
	t.Helper()
	decoded := make(map[string]image.Image)
	for _, name := range app.Variants() {
		file, ok := m.files[name]
		if !ok {
			t.Fatalf("no %s", name)
		}
		decoded[name] = clean(t, name, made.Format, file.Bytes())
	}
	if len(m.files) != len(decoded) || len(m.aborted) != 0 {
		t.Errorf("%d files, aborted %q", len(m.files), m.aborted)
	}
	if got := decoded[app.VariantOriginal].Bounds().Size(); got != image.Pt(made.Width, made.Height) {
		t.Errorf("original is %v, but said to be %dx%d", got, made.Width, made.Height)
	}
	for name, side := range map[string]int{"large": 800, "medium": 400, "small": 200, "thumbnail": 100} {
		want := min(side, made.Width, made.Height)
		if got := decoded[name].Bounds().Size(); got != image.Pt(want, want) {
			t.Errorf("%s is %v, want %d", name, got, want)
		}
	}
	return decoded
}

// clean decodes a variant and fails unless it holds nothing but a picture.
func clean(t testing.TB, name, format string, file []byte) image.Image {
	t.Helper()
	var img image.Image
	var err error
	switch format {
	case formatJPEG:
		if got := jpegParts(file); got != "DB C0 C4 DA" && got != "DB C0 C4 C4 DA" {
			t.Fatalf("%s has the segments %s", name, got)
		}
		img, err = jpeg.Decode(bytes.NewReader(file))
	case formatPNG:
		if got := pngParts(file); strings.ReplaceAll(got, "IDAT ", "") != "IHDR IEND" {
			t.Fatalf("%s has the chunks %s", name, got)
		}
		img, err = png.Decode(bytes.NewReader(file))
	default:
		t.Fatalf("made %q", format)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return img
}

// jpegParts lists the segments of a file that begins and ends as it should; "" otherwise.
func jpegParts(file []byte) string {
	if len(file) < 4 || !bytes.HasPrefix(file, []byte("\xff\xd8")) {
		return ""
	}
	var names []string
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		names = append(names, strings.ToUpper(hexByte(file[at+1])))
		end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
		if file[at+1] != 0xda {
			at = end
			continue
		}
		for end+1 < len(file) && (file[end] != 0xff || file[end+1] == 0) {
			end++
		}
		if string(file[end:]) != "\xff\xd9" {
			return "something after the picture"
		}
		return strings.Join(names, " ")
	}
	return strings.Join(names, " ") + " and no picture"
}

func hexByte(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

func pngParts(file []byte) string {
	var names []string
	for at := 8; ; {
		if at+12 > len(file) {
			return strings.Join(names, " ") + " and an odd end"
		}
		name := string(file[at+4 : at+8])
		names = append(names, name)
		at += 12 + int(binary.BigEndian.Uint32(file[at:]))
		if name == "IEND" && at == len(file) {
			return strings.Join(names, " ")
		}
	}
}

func imager(t testing.TB, o Options) *Imager {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// mustMake makes the variants of a picture that is good.
func mustMake(t testing.TB, upload []byte) (app.Made, map[string]image.Image) {
	t.Helper()
	var out memory
	made, err := imager(t, Options{}).Make(context.Background(), bytes.NewReader(upload), out.create)
	if err != nil {
		t.Fatal(err)
	}
	return made, variants(t, made, &out)
}

// refused fails unless err is a published error of this kind and code, with a whole sentence.
func refused(t testing.TB, err error, kind app.Kind, code app.Code) {
	t.Helper()
	var e *app.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("want %s, got %v", code, err)
		return
	}
	if !strings.HasSuffix(e.Message, ".") {
		t.Errorf("no sentence: %q", e.Message)
	}
	if code == app.CodeValidationFailed && (len(e.Fields) != 1 || e.Fields[0].Field != "file" || e.Fields[0].Rule != app.RuleNotValid) {
		t.Errorf("fields are %v", e.Fields)
	}
}

var (
	red    = color.NRGBA{220, 30, 30, 255}
	green  = color.NRGBA{30, 200, 60, 255}
	blue   = color.NRGBA{40, 50, 210, 255}
	yellow = color.NRGBA{230, 220, 40, 255}
)

// underRace is full, or less while the race detector watches: it makes a pixel many times as dear, and finds no more in many
// of them. How pictures look is told by the run without it.
func underRace[T any](full, less T) T {
	if raced {
		return less
	}
	return full
}

// quarters has a colour in each corner: red, green, blue, yellow, as one reads.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.NRGBA{red, green, blue, yellow} {
		x, y := i%2, i/2
		quarter := image.Rect((w*x+1)/2, (h*y+1)/2, (w*(x+1)+1)/2, (h*(y+1)+1)/2)
		draw.Draw(img, quarter, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

// wantQuarters checks the corners of an upright variant.
func wantQuarters(t testing.TB, name string, img image.Image) {
	t.Helper()
	b := img.Bounds()
	left, top, right, bottom := b.Min.X+b.Dx()/10, b.Min.Y+b.Dy()/10, b.Max.X-1-b.Dx()/10, b.Max.Y-1-b.Dy()/10
	wantColour(t, name+" upper left", img.At(left, top), red)
	wantColour(t, name+" upper right", img.At(right, top), green)
	wantColour(t, name+" lower left", img.At(left, bottom), blue)
	wantColour(t, name+" lower right", img.At(right, bottom), yellow)
}

func wantColour(t testing.TB, where string, got color.Color, want color.NRGBA) {
	t.Helper()
	c := color.NRGBAModel.Convert(got).(color.NRGBA)
	if far(c.R, want.R) || far(c.G, want.G) || far(c.B, want.B) || far(c.A, want.A) {
		t.Errorf("%s is %v, want %v", where, c, want)
	}
}

func far(a, b uint8) bool { return max(a, b)-min(a, b) > 12 }

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asStored lays out an upright picture as a camera held that way stores it. Written from the standard's words (which side
// of the picture the first row and the first column are), not from the code that it tests.
func asStored(upright *image.NRGBA, orientation int) *image.NRGBA {
	sides := [...][2]string{
		1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
		5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"},
	}[orientation]
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	rows, cols := h, w
	if sides[0] == "left" || sides[0] == "right" {
		rows, cols = w, h
	}
	stored := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	for r := range rows {
		for c := range cols {
			var at image.Point
			for n, side := range sides {
				switch i := [2]int{r, c}[n]; side {
				case "top":
					at.Y = i
				case "bottom":
					at.Y = h - 1 - i
				case "left":
					at.X = i
				case "right":
					at.X = w - 1 - i
				}
			}
			copy(stored.Pix[stored.PixOffset(c, r):], upright.Pix[upright.PixOffset(at.X, at.Y):][:4])
		}
	}
	return stored
}

// exifBlock is a TIFF head with one directory of one entry before the orientation, as cameras write it.
func exifBlock(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("MM")
	if order.AppendUint16(nil, 1)[0] == 1 {
		b = []byte("II")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010f), 2), 4)
	b = append(b, "Ada\x00"...)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, uint16(orientation)), 0)
	return order.AppendUint32(b, 0)
}

// withSegment puts a segment right behind the beginning of a JPEG.
func withSegment(file []byte, marker byte, body []byte) []byte {
	out := append([]byte{}, file[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), file[2:]...)
}

func withEXIF(file, block []byte) []byte {
	return withSegment(file, 0xe1, append([]byte("Exif\x00\x00"), block...))
}

// pngChunk is a chunk with its length and checksum.
func pngChunk(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngHead is a signature and an IHDR.
func pngHead(w, h uint32, depth, colours byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(body, depth, colours, 0, 0, 0))...)
}

// withChunk puts a chunk behind the IHDR of a PNG, or in front of its IEND.
func withChunk(file []byte, chunk []byte, last bool) []byte {
	at := 8 + 12 + 13
	if last {
		at = len(file) - 12
	}
	return append(append(append([]byte{}, file[:at]...), chunk...), file[at:]...)
}

func deflated(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// riff is a WebP file of these chunks.
func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffPart(name string, body []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// canvas is the head of an extended WebP.
func canvas(flags byte, w, h int) []byte {
	w, h = w-1, h-1
	return riffPart("VP8X", []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
}

// moduleFile reads a file of one of this module's dependencies: real pictures that need not be kept twice.
func moduleFile(t testing.TB, module, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(moduleDir(t, module), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func moduleDir(t testing.TB, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

// webpFile is one of the decoder's own sample pictures.
func webpFile(t testing.TB, name string) []byte {
	t.Helper()
	return moduleFile(t, "golang.org/x/image", "testdata/"+name+".webp")
}
