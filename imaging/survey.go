package imaging

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// maxEXIF is how much of an EXIF block is looked at. The first directory stands at its beginning.
const maxEXIF = 64 << 10

// survey walks through a file's parts, decoding none, and finds how the picture is to be turned. Whatever is wrong with the
// metadata means upright: it is no reason to refuse a picture. The only error is a JPEG that would cost too much to decode.
func survey(format string, r *bufio.Reader) (orientation, error) {
	switch format {
	case formatJPEG:
		return surveyJPEG(r)
	case formatPNG:
		return surveyPNG(r), nil
	case formatWebP:
		return surveyWebP(r), nil
	}
	return upright, nil // a GIF has no word for it
}

// surveyJPEG goes on to the end of the picture to count its scans.
func surveyJPEG(r *bufio.Reader) (orientation, error) {
	const (
		startOfImage = 0xd8
		endOfImage   = 0xd9
		startOfScan  = 0xda
		app1         = 0xe1
	)
	found, scans := upright, 0
	for seen := false; ; {
		marker, err := nextMarker(r)
		if err != nil || marker == endOfImage {
			return found, nil
		}
		if marker == startOfImage {
			continue
		}
		if marker == startOfScan {
			if scans++; scans > maxScans {
				return upright, errTooManyScans
			}
		}
		body, err := segment(r, marker == app1 && !seen)
		if err != nil {
			return found, nil
		}
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00")); ok && len(exif) > 0 {
			found, seen = exifOrientation(exif[1:]), true
		}
	}
}

// nextMarker skips coded data up to a marker that is no part of it. ReadSlice makes this nearly free.
func nextMarker(r *bufio.Reader) (byte, error) {
	for {
		_, err := r.ReadSlice(0xff)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		b := byte(0xff)
		for err == nil && b == 0xff { // fill bytes
			b, err = r.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		stuffed, restart := b == 0, b >= 0xd0 && b <= 0xd7
		if !stuffed && !restart {
			return b, nil
		}
	}
}

// segment goes past a segment of a JPEG, and gives its content if it is wanted.
func segment(r *bufio.Reader, wanted bool) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length[:])) - len(length)
	if n < 0 {
		return nil, errors.New("segment shorter than its length")
	}
	if !wanted {
		_, err := r.Discard(n)
		return nil, err
	}
	body := make([]byte, n)
	_, err := io.ReadFull(r, body)
	return body, err
}

// surveyPNG looks for the eXIf chunk, which may stand before or after the pixels.
func surveyPNG(r *bufio.Reader) orientation {
	if _, err := r.Discard(8); err != nil {
		return upright
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return upright
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "eXIf":
			return readOrientation(r, n)
		case "IEND":
			return upright
		}
		if err := skip(r, n+4); err != nil { // 4: the checksum
			return upright
		}
	}
}

// surveyWebP looks for the EXIF chunk, which stands after the pixels.
func surveyWebP(r *bufio.Reader) orientation {
	if _, err := r.Discard(12); err != nil {
		return upright
	}
	for {
		name, n, err := riffChunk(r)
		if err != nil {
			return upright
		}
		if name == "EXIF" {
			return readOrientation(r, n)
		}
		if err := skip(r, n+n%2); err != nil { // chunks begin at even places
			return upright
		}
	}
}

func readOrientation(r io.Reader, n int64) orientation {
	block, err := io.ReadAll(io.LimitReader(r, min(n, maxEXIF)))
	if err != nil {
		return upright
	}
	return exifOrientation(bytes.TrimPrefix(block, []byte("Exif\x00\x00")))
}

// skip is bufio.Reader.Discard for sizes that an int may not hold.
func skip(r *bufio.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// exifOrientation finds the orientation in the first directory of an EXIF block, which is laid out as a TIFF file.
func exifOrientation(block []byte) orientation {
	const (
		tagOrientation = 0x0112
		typeShort      = 3
		typeLong       = 4
		entrySize      = 12 // tag, type, count, value
	)
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(block, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(block, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return upright
	}
	if len(block) < 8 {
		return upright
	}
	at := uint64(order.Uint32(block[4:]))
	if at+2 > uint64(len(block)) {
		return upright
	}
	entries := block[at+2:]
	for range order.Uint16(block[at:]) {
		if len(entries) < entrySize {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			switch order.Uint16(entries[2:]) {
			case typeShort:
				return orientation(order.Uint16(entries[8:])).orUpright()
			case typeLong:
				return orientation(order.Uint32(entries[8:])).orUpright()
			}
			return upright
		}
		entries = entries[entrySize:]
	}
	return upright
}
