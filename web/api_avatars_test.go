package web

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// pngOf draws a picture of its own for each size.
func pngOf(width, height int) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			picture.Set(x, y, color.RGBA{uint8(40 * x), uint8(40 * y), 128, 255})
		}
	}
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, picture); err != nil {
		panic(err)
	}
	return encoded.Bytes()
}

// hugePNG claims 50,000 × 50,000 pixels in a hundred bytes.
func hugePNG() []byte {
	small := pngOf(1, 1)
	head := bytes.Clone(small[:33])
	binary.BigEndian.PutUint32(head[16:], 50_000)
	binary.BigEndian.PutUint32(head[20:], 50_000)
	binary.BigEndian.PutUint32(head[29:], crc32.ChecksumIEEE(head[12:29]))
	return append(head, small[33:]...)
}

// form wraps a file the way a browser does.
func form(field, filename string, content []byte) (body []byte, contentType change) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("note", "before the file"); err != nil {
		panic(err)
	}
	part, err := w.CreateFormFile(field, filename)
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.Bytes(), with("Content-Type", w.FormDataContentType())
}

func TestAvatar(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	path := api + "/me/avatar"

	body, kind := form("file", "anything.txt", pngOf(30, 20))
	got := s.do("PUT", path, body, kind, with("Prefer", "respond-async, wait=30"), as(owner)).is(200)
	hasExactly(t, got.at("avatar"), "id", "status", "sha256", "variants")
	hasExactly(t, got.at("avatar", "variants"), "original", "large", "medium", "small", "thumbnail")
	if got.at("avatar", "status") != "ready" || got.header.Get("Preference-Applied") != "wait=30" {
		t.Errorf("answer %s", got.body)
	}
	if me := s.do("GET", api+"/me", nil, as(owner)); fmt.Sprint(me.at("user", "avatar")) != fmt.Sprint(got.at("avatar")) {
		t.Errorf("GET /me says %s", me.body)
	}
	again := s.do("PUT", path, pngOf(30, 20), as(owner)).is(200)
	if again.at("avatar", "id") != got.at("avatar", "id") {
		t.Error("the same picture is another avatar")
	}

	for name, size := range map[string]image.Point{"original": {30, 20}, "large": {20, 20}, "thumbnail": {20, 20}} {
		served := s.do("GET", fmt.Sprint(got.at("avatar", "variants", name)), nil).is(200)
		for header, want := range map[string]string{
			"Content-Type": "image/jpeg", "Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox", "Etag": `"` + fmt.Sprint(got.at("avatar", "id")) + "-" + name + `"`,
		} {
			if served.header.Get(header) != want {
				t.Errorf("%s: %s is %q, want %q", name, header, served.header.Get(header), want)
			}
		}
		picture, _, err := image.Decode(strings.NewReader(served.body))
		if err != nil || picture.Bounds().Size() != size {
			t.Errorf("%s: %v, %v", name, picture, err)
		}
	}
	s.do("DELETE", path, nil, as(owner)).is(204)
	s.do("DELETE", path, nil, as(owner)).is(204)
	s.do("GET", fmt.Sprint(got.at("avatar", "variants", "large")), nil).refused(404, app.CodeNotFound)
	if me := s.do("GET", api+"/me", nil, as(owner)); me.at("user", "avatar") != nil {
		t.Errorf("GET /me says %s", me.body)
	}
}

// phonePhoto is a picture as a phone stores it that was held upright: wide, to be turned, with the place where it was taken.
func phonePhoto(t *testing.T, width, height int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	entry := func(b []byte, tag, kind uint16, n, value uint32) []byte {
		return le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, tag), kind), n), value)
	}
	exif := le.AppendUint32([]byte("II*\x00"), 8)
	exif = entry(le.AppendUint16(exif, 2), 0x0112, 3, 1, 6)                                            // the first row is the right side
	exif = le.AppendUint32(entry(exif, 0x8825, 4, 1, 38), 0)                                           // the GPS directory follows
	exif = le.AppendUint32(entry(le.AppendUint16(exif, 1), 0x001b, 2, uint32(len(wherePhoto)), 56), 0) // GPSProcessingMethod
	exif = append(append([]byte("Exif\x00\x00"), exif...), wherePhoto...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return slices.Concat(file.Bytes()[:2], segment, exif, file.Bytes()[2:])
}

const wherePhoto = "52.2053N 0.1218E"

func TestAServedPhotographIsUprightAndTellsNoPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	photo := phonePhoto(t, 320, 240)
	got := s.do("PUT", api+"/me/avatar", photo, with("Prefer", "wait=30"), as(owner)).is(200)
	for _, variant := range app.Variants() {
		file := s.do("GET", got.at("avatar", "variants", variant).(string), nil).is(200).body
		if strings.Contains(file, "Exif") || strings.Contains(file, wherePhoto) || strings.Contains(file, wherePhoto[:7]) {
			t.Errorf("%s tells more than a picture", variant)
		}
		config, _, err := image.DecodeConfig(strings.NewReader(file))
		if err != nil || variant == app.VariantOriginal && (config.Width != 240 || config.Height != 320) {
			t.Errorf("%s is %dx%d, %v", variant, config.Width, config.Height, err)
		}
	}
}

func TestAvatarsAreServedForCachesAndRanges(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	got := s.do("PUT", api+"/me/avatar", pngOf(9, 9), with("Prefer", "wait=30"), as(owner)).is(200)
	path := fmt.Sprint(got.at("avatar", "variants", "small"))
	whole := s.do("GET", path, nil).is(200)
	if fresh := s.do("GET", path, nil, with("If-None-Match", whole.header.Get("Etag"))).is(304); fresh.body != "" {
		t.Error("a 304 has a body")
	}
	if part := s.do("GET", path, nil, with("Range", "bytes=2-5")).is(206); part.body != whole.body[2:6] {
		t.Errorf("the range is %q", part.body)
	}
	if head := s.do("HEAD", path, nil).is(200); head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(whole.body)) {
		t.Errorf("HEAD: %v", head.header)
	}
	for _, bad := range []string{path + "x", "/avatars/" + strings.Repeat("a", 22) + "/small", "/avatars/..%2f..%2fkeys/small", "/avatars/x/upload",
		strings.Replace(path, "/small", "/upload", 1), strings.Replace(path, "/small", "/%2e%2e", 1)} {
		if got := s.do("GET", bad, nil); got.status != 404 {
			t.Errorf("%s: status %d", bad, got.status)
		}
	}
}

func TestAnAvatarInTheMakingAsksToComeBack(t *testing.T) {
	t.Parallel()
	world := apptest.Paused(t) // nobody works on it
	s := newSite(t, world)
	owner := world.Owner("ada@example.org")
	got := s.do("PUT", api+"/me/avatar", pngOf(5, 5), with("Prefer", "wait=0"), as(owner)).is(202)
	if got.at("avatar", "status") != "processing" {
		t.Errorf("answer %s", got.body)
	}
	early := s.do("GET", fmt.Sprint(got.at("avatar", "variants", "large")), nil)
	early.refused(404, app.CodeNotFound)
	if early.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", early.header.Get("Retry-After"))
	}
}

func TestUploadsThatAreNoPicture(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.AvatarMaxBytes = 100 << 10 })))
	owner := s.Owner("ada@example.org")
	path := api + "/me/avatar"
	refused := func(name string, content []byte, status int, code app.Code) {
		t.Run(name, func(t *testing.T) {
			s.do("PUT", path, content, with("Content-Type", "image/png"), as(owner)).refused(status, code)
			body, kind := form("file", "me.png", content)
			s.do("PUT", path, body, kind, as(owner)).refused(status, code)
			unknown := struct{ io.Reader }{bytes.NewReader(content)}
			s.do("PUT", path, unknown, with("Content-Type", "image/png"), as(owner)).refused(status, code)
		})
	}
	refused("text named .png", []byte(strings.Repeat("this is no picture ", 20)), 415, app.CodeUnsupportedMediaType)
	refused("SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 415, app.CodeUnsupportedMediaType)
	refused("a PNG that claims 50,000 × 50,000", hugePNG(), 413, app.CodeTooLarge)
	refused("too many bytes", append(pngOf(3, 3), make([]byte, 200<<10)...), 413, app.CodeTooLarge)
	refused("one byte too many", append(pngOf(3, 3), make([]byte, 100<<10+1-len(pngOf(3, 3)))...), 413, app.CodeTooLarge)

	s.do("PUT", path, nil, as(owner)).field("file", app.RuleRequired)
	body, kind := form("picture", "me.png", pngOf(3, 3))
	s.do("PUT", path, body, kind, as(owner)).field("file", app.RuleRequired)
	cut, cutKind := form("file", "me.png", pngOf(3, 3))
	s.do("PUT", path, cut[:len(cut)-80], cutKind, as(owner)).refused(400, app.CodeMalformed)
	s.do("PUT", path, body, with("Content-Type", "multipart/form-data"), as(owner)).refused(400, app.CodeMalformed)
	s.do("PUT", path, []byte("no form"), kind, as(owner)).refused(400, app.CodeMalformed)
	if s.do("GET", api+"/me", nil, as(owner)).at("user", "avatar") != nil {
		t.Error("a refused upload left an avatar")
	}
	if folders, err := os.ReadDir(filepath.Join(s.Dir, "avatars")); err != nil || len(folders) != 0 {
		t.Errorf("refused uploads left %v, %v", folders, err)
	}
}

func TestAnUploadThatIsCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "PUT %s/me/avatar HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nX-Forwarded-For: %s\r\nUser-Agent: %s\r\nAuthorization: Bearer %s\r\n\r\n",
		api, owner.Client.IP, owner.Client.UserAgent, owner.Token.Reveal())
	_, _ = conn.Write(pngOf(30, 30))
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 400 ") {
		t.Errorf("answer %q, %v", line, err)
	}
	if folders, err := os.ReadDir(filepath.Join(s.Dir, "avatars")); err != nil || len(folders) != 0 {
		t.Errorf("half an upload left %v, %v", folders, err)
	}
}

func TestPreferredWaits(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"wait=5": 5 * time.Second, "Wait = 5": 5 * time.Second, "respond-async, wait=10": 10 * time.Second, "wait=31": maxWait, `wait="7"`: 7 * time.Second,
		"wait=2147483647": maxWait, "wait=-1": -1, "wait=x": -1, "wait": -1, "": -1, "waiting=5": -1, "wait=99999999999999999999": maxWait,
		"wait=5; x=1": 5 * time.Second, "a;wait=6, wait=7;b=\"c\"": 7 * time.Second,
	} {
		got, asked := preferredWait(http.Header{"Prefer": {header}})
		if asked != (want >= 0) || asked && got != want {
			t.Errorf("%q gives %v, %v", header, got, asked)
		}
	}
}
