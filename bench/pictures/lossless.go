package pictures

import (
	"encoding/binary"
	"image"
)

// lossless writes an opaque picture as a WebP of the lossless kind: green taken from red and blue, each pixel foretold by
// those above and to the left, and what is left in Huffman codes.
func lossless(img *image.NRGBA) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	rest := foretold(img)
	var b packed
	b.write(0x2f, 8)
	b.write(uint32(w-1), 14)
	b.write(uint32(h-1), 14)
	b.write(0, 1+3) // without alpha, version 0
	b.write(1|2<<1, 3)
	b.write(1|0<<1, 3) // a transform: pixels are foretold
	b.write(7, 3)      // in squares of 512
	b.write(0, 1)
	b.alone(select11) // all by the same rule
	for range 4 {
		b.alone(0)
	}
	b.write(0, 1+1+1) // no more transforms, no cache of colours, one set of codes
	var often [3][280]int
	for at := 0; at < len(rest); at += 3 {
		for c := range often {
			often[c][rest[at+c]]++
		}
	}
	var channels [3]codes // green, red, blue
	for c, symbols := range []int{256 + 24, 256, 256} {
		channels[c] = huffman(often[c][:symbols], 15)
		b.table(channels[c])
	}
	b.alone(0) // alpha, of which nothing is left
	b.alone(0) // distances, of which there are none
	for at := 0; at < len(rest); at += 3 {
		for c := range channels {
			symbol := int(rest[at+c])
			b.write(channels[c].reversed(symbol), int(channels[c].lengths[symbol]))
		}
	}
	body := b.end()
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+8+len(body)+len(body)%2))
	out = binary.LittleEndian.AppendUint32(append(out, "WEBPVP8L"...), uint32(len(body)))
	out = append(out, body...)
	return append(out, make([]byte, len(body)%2)...)
}

// select11 is the rule that takes the pixel to the left or that above, whichever the gradient is nearer to.
const select11 = 11

// foretold is what is left of green, red and blue of each pixel.
func foretold(img *image.NRGBA) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	plain := make([]byte, 0, 3*w*h)
	for i := 0; i < len(img.Pix); i += 4 {
		r, g, b := img.Pix[i], img.Pix[i+1], img.Pix[i+2]
		plain = append(plain, g, r-g, b-g)
	}
	rest := make([]byte, len(plain))
	zero := make([]byte, 3)
	for y := range h {
		for x := range w {
			at := 3 * (y*w + x)
			from := zero
			switch {
			case y == 0 && x > 0:
				from = plain[at-3:]
			case y > 0 && x == 0:
				from = plain[at-3*w:]
			case y > 0:
				from = selected(plain[at-3:], plain[at-3*w:], plain[at-3*w-3:])
			}
			for c := range 3 {
				rest[at+c] = plain[at+c] - from[c]
			}
		}
	}
	return rest
}

func selected(left, above, corner []byte) []byte {
	toLeft, toAbove := 0, 0
	for c := range 3 {
		gradient := int(left[c]) + int(above[c]) - int(corner[c])
		toLeft += max(gradient-int(left[c]), int(left[c])-gradient)
		toAbove += max(gradient-int(above[c]), int(above[c])-gradient)
	}
	if toLeft < toAbove {
		return left
	}
	return above
}

// packed packs bits, the first the lowest.
type packed struct {
	out  []byte
	held uint64
	n    int
}

func (b *packed) write(v uint32, n int) {
	b.held, b.n = b.held|uint64(v)<<b.n, b.n+n
	for ; b.n >= 8; b.n -= 8 {
		b.out = append(b.out, byte(b.held))
		b.held >>= 8
	}
}

func (b *packed) end() []byte {
	if b.n > 0 {
		b.write(0, 8-b.n)
	}
	return b.out
}

// alone is a code with one symbol, which takes no bits.
func (b *packed) alone(symbol uint32) {
	b.write(1, 1) // simple
	b.write(0, 1) // one symbol
	b.write(1, 1) // of eight bits
	b.write(symbol, 8)
}

// table tells codes by their lengths, each in four bits.
func (b *packed) table(c codes) {
	b.write(0, 1)
	b.write(19-4, 4)
	for _, length := range []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		if length > 15 {
			b.write(0, 3)
		} else {
			b.write(4, 3)
		}
	}
	b.write(0, 1) // for every symbol
	fours := make([]uint8, 16)
	for i := range fours {
		fours[i] = 4
	}
	lengths := canonical(fours)
	for _, length := range c.lengths {
		b.write(lengths.reversed(int(length)), 4)
	}
}
