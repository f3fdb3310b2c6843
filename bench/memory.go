//go:build linux

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// photograph is a JPEG of twelve megapixels, each of its own.
func photograph(seed uint64) ([]byte, error) {
	const w, h = 4000, 3000
	rnd := rand.New(rand.NewPCG(seed, 1))
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	tint := color.YCbCr{Cb: uint8(rnd.IntN(256)), Cr: uint8(rnd.IntN(256))}
	for i := range img.Y {
		img.Y[i] = uint8(i/w/20 + i%w/30 + rnd.IntN(9))
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = tint.Cb, tint.Cr
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 75})
	return out.Bytes(), err
}

// upload sends a picture under a name of the form, and returns once its small ones are made where the server makes them by
// itself.
func upload(method, url, field, header string, picture []byte) error {
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile(field, "picture.jpg")
	if err != nil {
		return err
	}
	if _, err := part.Write(picture); err != nil {
		return err
	}
	if err := parts.Close(); err != nil {
		return err
	}
	r, err := http.NewRequest(method, url, &form)
	if err != nil {
		return err
	}
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	r.Header.Set("Prefer", "wait=30")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return err
}

// uploads is how many pictures are uploaded for the last of the three figures.
const uploads = 50

// measureMemory reads the memory that a server holds: idle, after a load of session checks, and after it took pictures and
// made their small ones. PocketBase makes those when they are asked for.
func (b *bench) measureMemory() ([]row, error) {
	doorward, err := b.doorward("", filepath.Join(b.dir, "memory"), "--bcrypt-cost", "4", "--limit-login", "off")
	if err != nil {
		return nil, err
	}
	defer doorward.stop()
	bearer, _, err := signIn(doorward)
	if err != nil {
		return nil, err
	}
	photographs := make([][]byte, uploads)
	for i := range photographs {
		if photographs[i], err = photograph(uint64(i)); err != nil {
			return nil, err
		}
	}
	ours, err := held(doorward, sessionPath, bearer, b.requests, func(i int) error {
		return upload(http.MethodPut, doorward.base+"/api/v1/me/avatar", "file", bearer, photographs[i])
	})
	if err != nil {
		return nil, err
	}
	size, err := os.Stat(b.binary)
	if err != nil {
		return nil, err
	}
	ours = append(ours, int(size.Size()/1000))
	rows := []row{
		{work: "resident memory, idle", doorward: megabytes(ours[0]), wanted: "0.6 of PocketBase"},
		{work: "resident memory after session checks", doorward: megabytes(ours[1]), wanted: "0.5 of PocketBase"},
		{work: fmt.Sprintf("resident memory after %d pictures", uploads), doorward: megabytes(ours[2]), wanted: "0.4 of PocketBase"},
		{work: "binary, stripped", doorward: megabytes(ours[3]), wanted: "0.75 of PocketBase"},
	}
	if b.peer == nil {
		return rows, nil
	}
	fresh := peer{binary: b.peer.binary, data: filepath.Join(b.dir, "pocketbase-memory")} // as Doorward's is
	other, err := fresh.start("")
	if err != nil {
		return nil, err
	}
	defer other.stop()
	if err := fresh.signIn(other); err != nil {
		return nil, err
	}
	record := peerUsers + "records/" + fresh.record
	theirs, err := held(other, record, fresh.bearer, b.requests/10, func(i int) error {
		if err := upload(http.MethodPatch, other.base+record, "avatar", fresh.bearer, photographs[i]); err != nil {
			return err
		}
		return fresh.thumb(other, record)
	})
	if err != nil {
		return nil, err
	}
	if size, err = os.Stat(fresh.binary); err != nil {
		return nil, err
	}
	for i, kB := range append(theirs, int(size.Size()/1000)) {
		rows[i].peer, rows[i].ratio = megabytes(kB), fmt.Sprintf("%.2f of PocketBase", float64(ours[i])/float64(kB))
	}
	return rows, nil
}

func megabytes(kB int) string { return fmt.Sprintf("%.1f MB", float64(kB)/1000) }

// held reads what a process holds at the three moments, in kB.
func held(p *process, path, header string, requests int, takePicture func(i int) error) ([]int, error) {
	time.Sleep(3 * time.Second) // until what a start leaves to do later is done
	idle, err := p.resident()
	if err != nil {
		return nil, err
	}
	if _, err := cpuPerRequest(p, path, header, requests); err != nil {
		return nil, err
	}
	loaded, err := p.resident()
	if err != nil {
		return nil, err
	}
	for i := range uploads {
		if err := takePicture(i); err != nil {
			return nil, err
		}
	}
	after, err := p.resident()
	return []int{idle, loaded, after}, err
}
