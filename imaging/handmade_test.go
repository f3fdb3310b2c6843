package imaging

import (
	"bytes"
	"encoding/binary"
)

// coder writes a JPEG by hand, for kinds that image/jpeg reads and does not write. Its Huffman codes are the simplest there
// are: four bits for the size of a DC difference, one for the end of a block.
type coder struct {
	bytes.Buffer
	acc  uint32
	bits int
}

func newCoder(frame byte, w, h, components int) *coder {
	c := &coder{}
	c.WriteString("\xff\xd8")
	c.segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))
	sof := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(components)}
	for i := range components {
		sof = append(sof, byte(i+1), 0x11, 0)
	}
	c.segment(frame, sof)
	dc := append([]byte{0x00}, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	c.segment(0xc4, append(dc, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
	ac := append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	c.segment(0xc4, append(ac, 0x00))
	return c
}

func (c *coder) segment(marker byte, body []byte) {
	c.Write([]byte{0xff, marker})
	c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)))
	c.Write(body)
}

func (c *coder) scan(components int, spectrumStart, spectrumEnd byte) {
	sos := []byte{byte(components)}
	for i := range components {
		sos = append(sos, byte(i+1), 0)
	}
	c.segment(0xda, append(sos, spectrumStart, spectrumEnd, 0))
}

func (c *coder) code(v uint32, bits int) {
	for i := bits - 1; i >= 0; i-- {
		c.acc = c.acc<<1 | v>>i&1
		if c.bits++; c.bits == 8 {
			c.flushByte()
		}
	}
}

func (c *coder) flushByte() {
	c.WriteByte(byte(c.acc))
	if byte(c.acc) == 0xff {
		c.WriteByte(0)
	}
	c.acc, c.bits = 0, 0
}

// dc writes the difference of a block's mean from the one before, in eighths of a grey level.
func (c *coder) dc(diff int) {
	size, magnitude := 0, max(diff, -diff)
	for magnitude>>size > 0 {
		size++
	}
	if diff < 0 {
		diff += 1<<size - 1
	}
	c.code(uint32(size), 4)
	c.code(uint32(diff), size)
}

func (c *coder) endScan() {
	for c.bits > 0 {
		c.code(1, 1)
	}
}

func (c *coder) end() []byte {
	c.WriteString("\xff\xd9")
	return c.Bytes()
}

// flatJPEG has 16x8 pixels of one colour, given by its components as they are stored.
func flatJPEG(adobe bool, colour ...int) []byte {
	c := newCoder(0xc0, 16, 8, len(colour))
	if adobe { // four inks, inverted
		c.segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
	}
	c.scan(len(colour), 0, 63)
	for block := range 2 {
		for _, v := range colour {
			c.dc([2]int{8 * (v - 128), 0}[block])
			c.code(0, 1)
		}
	}
	c.endScan()
	return c.end()
}

// progressiveJPEG has 8x8 grey pixels and goes over them so many times.
func progressiveJPEG(scans int) []byte {
	c := newCoder(0xc2, 8, 8, 1)
	c.scan(1, 0, 0)
	c.dc(8 * (200 - 128))
	c.endScan()
	for range scans - 1 {
		c.scan(1, 1, 63)
		c.code(0, 1)
		c.endScan()
	}
	return c.end()
}
