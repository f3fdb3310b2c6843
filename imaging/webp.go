package imaging

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"

	"doorward/app"
)

// The flags of an extended WebP's head that matter here.
const (
	webpAnimated = 1 << 1
	webpAlpha    = 1 << 4
)

// isExtendedWebP tells whether head, the first 30 bytes of a file, has the chunk that names a canvas.
func isExtendedWebP(head []byte) bool {
	return len(head) >= headSize && string(head[:4]) == "RIFF" && string(head[8:16]) == "WEBPVP8X"
}

func decodeWebP(claimed app.Picture, r *bufio.Reader) (image.Image, error) {
	head, _ := r.Peek(headSize)
	if !isExtendedWebP(head) || head[20]&webpAnimated == 0 {
		return decodeStillWebP(r)
	}
	frame, at, err := firstWebPFrame(r)
	if err != nil {
		return nil, fmt.Errorf("find first frame: %w", err)
	}
	c, err := webp.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		return nil, fmt.Errorf("read first frame's size: %w", err)
	}
	if at.X+c.Width > claimed.Width || at.Y+c.Height > claimed.Height {
		return nil, errors.New("first frame leaves the canvas")
	}
	img, err := decodeStillWebP(bytes.NewReader(frame))
	if err != nil {
		return nil, fmt.Errorf("decode first frame: %w", err)
	}
	return onCanvas(img, at, claimed), nil
}

func decodeStillWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	switch m := img.(type) {
	case *image.YCbCr:
		widen(m)
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	return img, err
}

// widen corrects the colours of a lossy WebP. It stores luma from 16 to 235 and chroma from 16 to 240, as video does; the
// decoder hands that out as if it were a JPEG's 0 to 255 (https://go.dev/issue/40173), which looks as through a mist. Should
// the decoder mend it, TestWebP fails.
func widen(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = uint8(min(max((i-16)*255+219/2, 0)/219, 255))
		chroma[i] = uint8(min(max((i-128)*255+128*224+224/2, 0)/224, 255))
	}
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for i, v := range m.Cb {
		m.Cb[i] = chroma[v]
	}
	for i, v := range m.Cr {
		m.Cr[i] = chroma[v]
	}
}

// firstWebPFrame finds an animation's first frame and makes it a file of its own, because the decoder knows no animations.
func firstWebPFrame(r *bufio.Reader) (file []byte, at image.Point, err error) {
	const frameHead = 16 // x/2, y/2, width-1, height-1, duration: 3 bytes each; flags
	if _, err := r.Discard(12); err != nil {
		return nil, at, err
	}
	for {
		name, n, err := riffChunk(r)
		if err != nil {
			return nil, at, err
		}
		if name != "ANMF" {
			if err := skip(r, n+n%2); err != nil {
				return nil, at, err
			}
			continue
		}
		body, err := io.ReadAll(io.LimitReader(r, n))
		if err != nil {
			return nil, at, err
		}
		if int64(len(body)) != n || n < frameHead {
			return nil, at, io.ErrUnexpectedEOF
		}
		at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
		return stillWebP(body[6:12], body[frameHead:]), at, nil
	}
}

// stillWebP writes a file of one picture: size is width-1 and height-1, chunks the picture's data.
func stillWebP(size, chunks []byte) []byte {
	var flags byte
	if bytes.HasPrefix(chunks, []byte("ALPH")) {
		flags = webpAlpha
	}
	file := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00")
	file = append(file, flags, 0, 0, 0)
	file = append(file, size...)
	file = append(file, chunks...)
	if len(file)%2 == 1 {
		file = append(file, 0)
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// riffChunk reads the head of the next chunk.
func riffChunk(r io.Reader) (name string, n int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

func uint24(b []byte) int {
	return int(b[0]) | int(b[1])<<8 | int(b[2])<<16
}
