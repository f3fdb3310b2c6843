package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// long is more than any picture of these tests takes.
const long = 30 * time.Second

// picture draws a small picture; another shade is another picture.
func picture(t testing.TB, shade uint8) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for x := range 48 {
		for y := range 32 {
			m.Set(x, y, color.RGBA{shade, uint8(x * 5), uint8(y * 7), 255})
		}
	}
	var file bytes.Buffer
	if shade%2 == 0 {
		must(t, png.Encode(&file, m))
	} else {
		must(t, jpeg.Encode(&file, m, nil))
	}
	return file.Bytes()
}

// gate is an Imager that waits for leave before it makes a picture.
type gate struct {
	app.Imager
	begun chan struct{}
	leave chan struct{}
	err   error
	panic bool
	over  <-chan struct{} // the test's end
}

func (g *gate) Make(ctx context.Context, upload io.ReadSeeker, create func(string) (app.BlobWriter, error)) (app.Made, error) {
	g.begun <- struct{}{}
	select {
	case <-g.leave:
	case <-g.over:
		return app.Made{}, errors.New("the test ended")
	}
	switch {
	case g.panic:
		panic("a bug in a picture")
	case g.err != nil:
		return app.Made{}, g.err
	}
	return g.Imager.Make(ctx, upload, create)
}

func gated(t testing.TB, g *gate) apptest.Option {
	g.begun, g.leave, g.over = make(chan struct{}, 100), make(chan struct{}), t.Context().Done()
	return func(o *app.Options) { g.Imager, o.Imager = o.Imager, g }
}

// folders lists the picture folders on the disk.
func folders(t testing.TB, w *apptest.World) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.Dir, "avatars"))
	must(t, err)
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// awaitFolders waits until these are the picture folders: they go after the transaction that they belong to.
func awaitFolders(t testing.TB, w *apptest.World, want ...string) {
	t.Helper()
	slices.Sort(want)
	w.AwaitFiles(fmt.Sprint("picture folders ", want), func() bool { return slices.Equal(folders(t, w), want) })
}

func upload(t testing.TB, w *apptest.World, p *apptest.Persona, file []byte, wait time.Duration) app.Avatar {
	t.Helper()
	avatar, err := w.UploadAvatar(t.Context(), p.Actor(), bytes.NewReader(file), wait)
	must(t, err)
	return avatar
}

func awaitAvatar(t testing.TB, w *apptest.World, id string, status app.AvatarStatus) app.Avatar {
	t.Helper()
	var avatar app.Avatar
	w.Await(string(status)+" avatar", func() bool {
		err := w.Store.View(t.Context(), func(tx app.Tx) (err error) {
			avatar, err = tx.FindAvatar(id)
			return err
		})
		return err == nil && avatar.Status == status
	})
	return avatar
}

func TestAPictureBecomesFiveVariants(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	for shade, format := range map[uint8]string{2: "", 3: "jpeg"} {
		file := picture(t, shade)
		var avatar app.Avatar
		wrote(t, w, func() { avatar = upload(t, w, p, file, long) }, "avatar.updated")
		sum := sha256.Sum256(file)
		if avatar.Status != app.AvatarReady || avatar.Width != 48 || avatar.Height != 32 || avatar.SHA256 != hex.EncodeToString(sum[:]) {
			t.Fatalf("the avatar is %+v", avatar)
		}
		if format != "" && avatar.Format != format {
			t.Errorf("the format is %s", avatar.Format)
		}
		for _, variant := range app.Variants() {
			file, of, err := w.OpenAvatar(t.Context(), avatar.ID, variant)
			must(t, err)
			config, kind, err := image.DecodeConfig(file)
			if must(t, err); kind != avatar.Format || of.ID != avatar.ID || (variant == app.VariantOriginal) != (config.Width == 48) {
				t.Errorf("%s is a %s of %d", variant, kind, config.Width)
			}
			must(t, file.Close())
		}
		if u := p.User(); u.Avatar == nil || u.Avatar.ID != avatar.ID || u.AvatarID != avatar.ID {
			t.Errorf("the account shows %+v", u.Avatar)
		}
		awaitFolders(t, w, avatar.ID) // the one before is gone
		w.AwaitFiles("the upload to go", func() bool {
			_, err := os.Stat(filepath.Join(w.Dir, "avatars", avatar.ID, "upload"))
			return os.IsNotExist(err)
		})
	}
	for _, c := range [][2]string{{"unknown", "large"}, {p.User().AvatarID, "upload"}, {p.User().AvatarID, "../large"}, {p.User().AvatarID, ""}, {strings.Repeat("x", 22), "large"}} {
		_, _, err := w.OpenAvatar(t.Context(), c[0], c[1])
		wantCode(t, err, app.CodeNotFound)
	}
}

func TestAPictureInTheMakingIsNotFoundForAWhile(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	p := w.Owner(ada)
	avatar := upload(t, w, p, picture(t, 1), time.Millisecond) // a wait that is over before it is ready
	if avatar.Status != app.AvatarProcessing {
		t.Errorf("the avatar is %s", avatar.Status)
	}
	_, _, err := w.OpenAvatar(t.Context(), avatar.ID, "large")
	wantCode(t, err, app.CodeNotFound)
	if app.AsError(err).RetryAfter <= 0 {
		t.Error("it doesn't say when to come back")
	}
	if u := p.User(); u.Avatar == nil || u.Avatar.Status != app.AvatarProcessing || u.AvatarID != "" {
		t.Errorf("the account shows %+v", u.Avatar)
	}
}

func TestTheSamePictureAgainIsTheSameAvatar(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	q := w.Member(eve)
	one := upload(t, w, p, picture(t, 1), long)
	wrote(t, w, func() {
		if again := upload(t, w, p, picture(t, 1), 0); again.ID != one.ID || again.Status != app.AvatarReady {
			t.Errorf("again: %+v", again)
		}
	})
	other := upload(t, w, q, picture(t, 1), long)
	if other.ID == one.ID {
		t.Error("two accounts share a picture")
	}
	awaitFolders(t, w, one.ID, other.ID)
	must(t, w.DeleteOwnAccount(t.Context(), q.Actor(), apptest.Password))
	awaitFolders(t, w, one.ID)
}

func TestWaitingForAPictureThatIsAlreadyInTheMaking(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	p := w.Owner(ada)
	one := upload(t, w, p, picture(t, 1), 0)
	<-g.begun
	ready := make(chan app.Avatar)
	by := p.Actor()
	before := w.Transactions()
	go func() {
		avatar, err := w.UploadAvatar(t.Context(), by, bytes.NewReader(picture(t, 1)), long)
		if err != nil {
			t.Error(err)
		}
		ready <- avatar
	}()
	w.Await("the second upload", func() bool { return w.Transactions() > before })
	close(g.leave)
	if again := <-ready; again.ID != one.ID || again.Status != app.AvatarReady {
		t.Errorf("again: %+v", again)
	}
}

func TestTheNewestPictureWins(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g), func(o *app.Options) { o.Workers = 3 })
	p := w.Owner(ada)
	first := upload(t, w, p, picture(t, 1), 0)
	second := upload(t, w, p, picture(t, 3), 0)
	<-g.begun
	<-g.begun
	close(g.leave) // both are finished in whatever order
	awaitAvatar(t, w, second.ID, app.AvatarReady)
	awaitFolders(t, w, second.ID)
	if u := p.User(); u.AvatarID != second.ID {
		t.Errorf("the account shows %s, first was %s, second %s", u.AvatarID, first.ID, second.ID)
	}
}

// TestAPileOfPicturesIsMadeForNobody: of an account's uploads only the oldest, which may be nearly done, and the newest are
// made, so that a pile of them holds up nobody else's.
func TestAPileOfPicturesIsMadeForNobody(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g), func(o *app.Options) { o.Workers = 1 })
	p, other := w.Owner(ada), w.Member("bob@example.org")
	first := upload(t, w, p, picture(t, 1), 0)
	<-g.begun
	skipped, by, before := make(chan app.Avatar), p.Actor(), w.Transactions()
	go func() {
		avatar, err := w.UploadAvatar(t.Context(), by, bytes.NewReader(picture(t, 2)), long)
		if err != nil {
			t.Error(err)
		}
		skipped <- avatar
	}()
	w.Await("the second upload", func() bool { return w.Transactions() > before })
	for shade := range uint8(20) {
		upload(t, w, p, picture(t, 3+shade), 0)
	}
	if avatar := <-skipped; avatar.Status != app.AvatarProcessing {
		t.Errorf("what was skipped is told as %s", avatar.Status)
	}
	theirs := upload(t, w, other, picture(t, 100), 0)
	last := upload(t, w, p, picture(t, 50), 0)
	awaitFolders(t, w, first.ID, theirs.ID, last.ID)
	close(g.leave)
	awaitAvatar(t, w, last.ID, app.AvatarReady)
	awaitAvatar(t, w, theirs.ID, app.AvatarReady)
	awaitFolders(t, w, theirs.ID, last.ID)
}

func TestGoingBackToThePresentPictureWhileAnotherIsMade(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	p := w.Owner(ada)
	go func() { g.leave <- struct{}{} }()
	one := upload(t, w, p, picture(t, 1), long)
	<-g.begun
	two := upload(t, w, p, picture(t, 3), 0)
	<-g.begun
	if again := upload(t, w, p, picture(t, 1), 0); again.ID != one.ID {
		t.Errorf("back to %s, want %s", again.ID, one.ID)
	}
	close(g.leave)
	w.Await("the abandoned picture's job", func() bool { return jobs(t, w, app.JobAvatar)[1].State == app.JobDone })
	awaitFolders(t, w, one.ID)
	if u := p.User(); u.AvatarID != one.ID {
		t.Errorf("the account shows %s, want %s rather than %s", u.AvatarID, one.ID, two.ID)
	}
}

func TestGoingBackToAPictureThatIsStillBeingMade(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	p := w.Owner(ada)
	one := upload(t, w, p, picture(t, 1), 0)
	upload(t, w, p, picture(t, 3), 0)
	if again := upload(t, w, p, picture(t, 1), 0); again.ID != one.ID {
		t.Errorf("back to %s, want %s", again.ID, one.ID)
	}
	close(g.leave)
	awaitAvatar(t, w, one.ID, app.AvatarReady)
	w.Await("both jobs", func() bool {
		return !slices.ContainsFunc(jobs(t, w, app.JobAvatar), func(j app.Job) bool { return j.State != app.JobDone })
	})
	awaitFolders(t, w, one.ID)
	if u := p.User(); u.AvatarID != one.ID {
		t.Errorf("the account shows %s, want %s", u.AvatarID, one.ID)
	}
}

// TestFewPicturesOfOneAccountAreOnTheirWayAtOnce: each lies on the disk for as long as its sender keeps it coming.
func TestFewPicturesOfOneAccountAreOnTheirWayAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p, other := w.Owner(ada), w.Member(eve)
	by := p.Actor()
	var senders []*io.PipeWriter
	answers := make(chan error)
	for range 16 {
		body, sender := io.Pipe()
		senders = append(senders, sender)
		go func() {
			_, err := w.UploadAvatar(t.Context(), by, body, 0)
			answers <- err
		}()
		_, err := sender.Write([]byte("half a picture")) // it is read, so that it is on its way
		must(t, err)
	}
	_, err := w.UploadAvatar(t.Context(), by, bytes.NewReader(picture(t, 1)), 0)
	wantCode(t, err, app.CodeOverloaded)
	upload(t, w, other, picture(t, 2), 0)
	for _, sender := range senders {
		must(t, sender.Close())
		wantCode(t, <-answers, app.CodeUnsupportedMediaType)
	}
	upload(t, w, p, picture(t, 1), 0)
}

func TestAFailedPictureLeavesThePresentOne(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*gate{
		"the picture is at fault": {err: app.Invalid(app.FieldError{Field: "file", Rule: app.RuleInvalidFormat, Message: "The picture is broken."})},
		"the work on it crashed":  {panic: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t)
			p := w.Owner(ada)
			stop := w.Start(t)
			good := upload(t, w, p, picture(t, 1), long)
			stop()
			bad := w.Again(t, gated(t, g))
			close(g.leave)
			bad.Start(t)
			avatar, err := bad.UploadAvatar(t.Context(), p.Actor(), bytes.NewReader(picture(t, 3)), long)
			must(t, err)
			if avatar.Status != app.AvatarFailed || avatar.Error == "" {
				t.Errorf("the new one is %+v", avatar)
			}
			bad.Await("the job's end", func() bool { return jobs(t, w, app.JobAvatar)[1].State == app.JobFailed })
			awaitFolders(t, bad, good.ID)
			if u, _ := find(t, w, ada); u.AvatarID != good.ID || u.Avatar.ID != good.ID {
				t.Errorf("the account shows %+v", u.Avatar)
			}
		})
	}
}

func TestATroubledMachineTriesAPictureAgain(t *testing.T) {
	t.Parallel()
	g := &gate{err: errors.New("disk trouble")}
	w := apptest.New(t, gated(t, g))
	close(g.leave)
	p := w.Owner(ada)
	avatar := upload(t, w, p, picture(t, 1), 0)
	for began, n := w.Clock.Now(), 1; ; n++ {
		w.Await("an attempt", func() bool {
			j := jobs(t, w, app.JobAvatar)[0]
			return j.Attempts == n && j.State != app.JobRunning
		})
		j := jobs(t, w, app.JobAvatar)[0]
		wait := j.NextAt.Sub(w.Clock.Now())
		if j.State == app.JobFailed {
			if tried := w.Clock.Now().Sub(began); tried < 48*time.Hour {
				t.Errorf("given up after %s", tried)
			}
			break
		}
		if wait > 5*time.Minute {
			t.Errorf("attempt %d waits %s", n, wait)
		}
		if n > 12 { // the rest of the two days at once
			wait = 48 * time.Hour
		}
		w.Advance(wait)
	}
	if a := awaitAvatar(t, w, avatar.ID, app.AvatarFailed); a.Error == "" || strings.Contains(a.Error, "disk") {
		t.Errorf("its owner is told %q", a.Error)
	}
	awaitFolders(t, w)
	g.err = nil
	if again := upload(t, w, p, picture(t, 1), long); again.Status != app.AvatarReady || again.ID == avatar.ID {
		t.Errorf("tried again: %+v", again)
	}
}

// TestAPictureThatTakesTheProcessWithItIsGivenUp: a goroutine of a library that panics, or one that takes all memory, ends
// the process and not only the job. It must not do so at every start.
func TestAPictureThatTakesTheProcessWithItIsGivenUp(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	avatar := upload(t, w, p, picture(t, 1), 0)
	for range 8 {
		g := &gate{}
		w.Again(t, gated(t, g)).Start(t) // and the one before it never came to write down what became of the job
		<-g.begun
	}
	last := w.Again(t)
	last.Start(t)
	if a := awaitAvatar(t, last, avatar.ID, app.AvatarFailed); a.Error != "picture_failed" {
		t.Errorf("its owner is told %q", a.Error)
	}
	last.Await("the job's end", func() bool { return jobs(t, last, app.JobAvatar)[0].State == app.JobFailed })
	if after := upload(t, last, p, picture(t, 3), long); after.Status != app.AvatarReady {
		t.Errorf("another picture is %+v", after)
	}
}

func TestRemovingAPicture(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	p := w.Owner(ada)
	go func() { g.leave <- struct{}{} }()
	upload(t, w, p, picture(t, 1), long)
	<-g.begun
	upload(t, w, p, picture(t, 3), 0)
	<-g.begun // it is being worked on
	wrote(t, w, func() { must(t, w.RemoveAvatar(t.Context(), p.Actor())) }, "avatar.deleted")
	wrote(t, w, func() { must(t, w.RemoveAvatar(t.Context(), p.Actor())) })
	close(g.leave)
	w.Await("the removed picture's job", func() bool { return jobs(t, w, app.JobAvatar)[1].State == app.JobDone })
	awaitFolders(t, w)
	if u := p.User(); u.Avatar != nil || u.AvatarID != "" {
		t.Errorf("the account shows %+v", u.Avatar)
	}
	wantCode(t, w.RemoveAvatar(t.Context(), apptest.Stranger(1)), app.CodeUnauthenticated)
}

func TestAPictureThatFailsAfterItsAccountIsGoneLeavesNothing(t *testing.T) {
	t.Parallel()
	g := &gate{err: app.Refuse(app.KindInvalid, app.CodeValidationFailed, "broken")}
	w := apptest.New(t, gated(t, g))
	w.Owner(ada)
	p := w.Member(eve)
	avatar := upload(t, w, p, picture(t, 1), 0)
	<-g.begun
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	must(t, os.MkdirAll(filepath.Join(w.Dir, "avatars", avatar.ID), 0o700)) // as a variant that is written a moment late does
	close(g.leave)
	awaitFolders(t, w)
}

func TestDeletingAnAccountRemovesItsPictures(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := apptest.New(t, gated(t, g))
	w.Owner(ada)
	p := w.Member(eve)
	go func() { g.leave <- struct{}{} }()
	upload(t, w, p, picture(t, 1), long)
	<-g.begun
	upload(t, w, p, picture(t, 3), 0)
	<-g.begun
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	close(g.leave)
	awaitFolders(t, w)
}

func TestUploadsThatAreRefusedLeaveNothing(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.AvatarMaxBytes = 64 << 10 }))
	p := w.Owner(ada)
	fits := append(picture(t, 1), make([]byte, 64<<10-len(picture(t, 1)))...)
	for name, c := range map[string]struct {
		file io.Reader
		want app.Code
	}{
		"too large":     {bytes.NewReader(append(fits, 0)), app.CodeTooLarge},
		"without end":   {zeros{}, app.CodeTooLarge},
		"empty":         {bytes.NewReader(nil), app.CodeValidationFailed},
		"not an image":  {strings.NewReader("<svg onload=alert(1)>"), app.CodeUnsupportedMediaType},
		"cut off":       {io.MultiReader(bytes.NewReader(picture(t, 1)[:20]), broken{}), app.CodeMalformed},
		"huge in claim": {bytes.NewReader(hugePNG(t)), app.CodeTooLarge},
	} {
		before := len(jobs(t, w, app.JobAvatar))
		wrote(t, w, func() {
			_, err := w.UploadAvatar(t.Context(), p.Actor(), c.file, 0)
			if err == nil || app.AsError(err).Code != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		})
		if left := folders(t, w); len(left) != 0 || len(jobs(t, w, app.JobAvatar)) != before {
			t.Errorf("%s: left %v", name, left)
		}
	}
	_, err := w.UploadAvatar(t.Context(), apptest.Stranger(1), bytes.NewReader(picture(t, 1)), 0)
	wantCode(t, err, app.CodeUnauthenticated)
	if avatar := upload(t, w, p, fits, long); avatar.Status != app.AvatarReady {
		t.Errorf("just small enough: %+v", avatar)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// hugePNG is a small file that claims 60,000 by 60,000 pixels.
func hugePNG(t testing.TB) []byte {
	t.Helper()
	file := picture(t, 2)
	copy(file[16:], []byte{0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60}) // IHDR: from byte 12 the name, then width and height
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func TestTheSweepRemovesWhatNoRowKnows(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	avatar := upload(t, w, p, picture(t, 1), long)
	orphan := filepath.Join(w.Dir, "avatars", strings.Repeat("o", 22))
	must(t, os.Mkdir(orphan, 0o700))
	must(t, os.WriteFile(filepath.Join(orphan, "upload"), []byte("x"), 0o600))
	for _, folder := range folders(t, w) {
		must(t, os.Chtimes(filepath.Join(w.Dir, "avatars", folder), w.Clock.Now(), w.Clock.Now()))
	}
	must(t, w.Purge(t.Context()))
	if n := len(folders(t, w)); n != 2 {
		t.Errorf("%d folders are left: one may belong to an upload that runs", n)
	}
	w.Clock.Advance(time.Hour + time.Second)
	must(t, w.Purge(t.Context()))
	awaitFolders(t, w, avatar.ID)
}

func TestAMailServerThatHangsHoldsUpNoPicture(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	w := apptest.New(t, apptest.WithCourier(courier(func(context.Context, app.Mail) error {
		<-hang
		return nil
	})))
	t.Cleanup(func() { close(hang) })
	w.Owner(ada)
	p := w.Newcomer(eve)
	if avatar := upload(t, w, p, picture(t, 1), long); avatar.Status != app.AvatarReady {
		t.Errorf("the avatar is %s", avatar.Status)
	}
}
