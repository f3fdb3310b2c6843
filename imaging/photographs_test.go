package imaging

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	resize "github.com/disintegration/imaging"
	"github.com/rwcarlsen/goexif/exif"

	"doorward/app"
)

// samples calls fn with each file of a collection made of many cameras' pictures: a few whole, most cut off behind their
// EXIF, some damaged on purpose.
func samples(t *testing.T, fn func(t *testing.T, upload []byte)) {
	t.Helper()
	dir := filepath.Join(moduleDir(t, "github.com/rwcarlsen/goexif"), "exif")
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".jpg") && !strings.HasSuffix(path, ".exif") {
			return err
		}
		upload, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		t.Run(d.Name(), func(t *testing.T) { fn(t, upload) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 60 {
		t.Errorf("only %d samples", seen)
	}
}

func TestRealPhotographsComeOutUprightAndCleanOrAreRefused(t *testing.T) {
	t.Parallel()
	var good, turned, placed int
	samples(t, func(t *testing.T, upload []byte) {
		var out memory
		made, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(upload), out.create)
		if err != nil {
			var e *app.Error
			_, decodes := jpeg.Decode(bytes.NewReader(upload))
			if !errors.As(err, &e) || decodes == nil || len(out.files) != 0 {
				t.Errorf("refused, though it decodes with %v: %v", decodes, err)
			}
			return
		}
		good++
		decoded := variants(t, made, &out)
		wantNoEXIF(t, &out)
		if x, err := exif.Decode(bytes.NewReader(upload)); err == nil {
			if _, _, err := x.LatLong(); err == nil {
				placed++
			}
			if stated(x) != upright {
				turned++
			}
		}
		wantLike(t, decoded, upload)
	})
	if good < 12 || turned < 8 || placed < 1 {
		t.Errorf("too few to say anything: %d good, %d of them to be turned, %d with a position", good, turned, placed)
	}
}

// Each camera's EXIF, and each damaged one, goes into a picture that is whole.
func TestRealEXIFIsUnderstoodAndDropped(t *testing.T) {
	t.Parallel()
	var turned, placed int
	samples(t, func(t *testing.T, upload []byte) {
		_, block, ok := bytes.Cut(upload, []byte("Exif\x00\x00"))
		if !ok {
			block = upload
		}
		block = block[:min(len(block), 1<<16-9)]
		want := upright
		if x, err := exif.Decode(bytes.NewReader(upload)); err == nil {
			want = stated(x)
			if _, _, err := x.LatLong(); err == nil {
				placed++
			}
		}
		if want != upright {
			turned++
		}
		var out memory
		picture := withEXIF(encodeJPEG(t, asStored(quarters(150, 120), int(want))), block)
		made, err := imager(t, Options{}).Make(t.Context(), bytes.NewReader(picture), out.create)
		if err != nil {
			t.Fatal(err)
		}
		for variant, img := range variants(t, made, &out) {
			wantQuarters(t, variant, img)
		}
		wantNoEXIF(t, &out)
	})
	if turned < 10 || placed < 3 {
		t.Errorf("too few to say anything: %d to be turned, %d with a position", turned, placed)
	}
}

// stated is the orientation as another library reads it.
func stated(x *exif.Exif) orientation {
	tag, err := x.Get(exif.Orientation)
	if err != nil {
		return upright
	}
	o, err := tag.Int(0)
	if err != nil {
		return upright
	}
	return orientation(o).orUpright()
}

func wantNoEXIF(t *testing.T, out *memory) {
	t.Helper()
	for variant, file := range out.files {
		if x, err := exif.Decode(bytes.NewReader(file.Bytes())); err == nil {
			t.Errorf("%s says %v", variant, x)
		}
	}
}

// wantLike compares with what another library makes of the same file.
func wantLike(t *testing.T, decoded map[string]image.Image, upload []byte) {
	t.Helper()
	want, err := resize.Decode(bytes.NewReader(upload), resize.AutoOrientation(true))
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(decoded[app.VariantOriginal], want); d > 6 {
		t.Errorf("original is %.1f grey levels away", d)
	}
	side := decoded[app.VariantThumbnail].Bounds().Dx()
	if d := difference(decoded[app.VariantThumbnail], resize.Fill(want, side, side, resize.Center, resize.Lanczos)); d > 6 {
		t.Errorf("thumbnail is %.1f grey levels away", d)
	}
}
