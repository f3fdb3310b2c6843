package pictures

import (
	"encoding/binary"
	"image"
	"math"
	"math/bits"
)

// zigzag is where each coefficient of a block stands that a scan comes to.
var zigzag = func() (at [64]int) {
	n := 0
	for sum := range 15 {
		for i := range sum + 1 {
			x, y := i, sum-i // up to the right
			if sum%2 == 1 {
				x, y = sum-i, i
			}
			if x < 8 && y < 8 {
				at[n] = y*8 + x
				n++
			}
		}
	}
	return at
}()

// plane is a component as coefficients, 64 for each block in the order of zigzag.
type plane struct {
	across, down int // blocks
	blocks       [][64]int32
}

// step is how coarsely a coefficient is kept.
func step(at int) int32 { return int32(3 + at/8 + at%8) }

// transformed takes a component to coefficients.
func transformed(pix []uint8, stride, w, h int) plane {
	var cosine [8][8]float64
	for u := range 8 {
		for x := range 8 {
			cosine[u][x] = math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) / 2
			if u == 0 {
				cosine[u][x] /= math.Sqrt2
			}
		}
	}
	p := plane{across: w / 8, down: h / 8, blocks: make([][64]int32, w/8*(h/8))}
	for n := range p.blocks {
		left, top := n%p.across*8, n/p.across*8
		var half, whole [64]float64
		for y := range 8 {
			for u := range 8 {
				for x := range 8 {
					half[y*8+u] += cosine[u][x] * (float64(pix[(top+y)*stride+left+x]) - 128)
				}
			}
		}
		for v := range 8 {
			for u := range 8 {
				for y := range 8 {
					whole[v*8+u] += cosine[v][y] * half[y*8+u]
				}
			}
		}
		for k, at := range zigzag {
			p.blocks[n][k] = int32(math.Round(whole[at] / float64(step(at))))
		}
	}
	return p
}

// pass is one scan over the picture: of which components, which coefficients, and down to which bit, after which others.
type pass struct {
	components []int
	from, to   int
	after, bit uint8 // after 0: the first for these coefficients
}

// passes are those that most programs make.
var passes = []pass{
	{[]int{0, 1, 2}, 0, 0, 0, 1},
	{[]int{0}, 1, 5, 0, 2}, {[]int{2}, 1, 63, 0, 1}, {[]int{1}, 1, 63, 0, 1}, {[]int{0}, 6, 63, 0, 2},
	{[]int{0}, 1, 63, 2, 1},
	{[]int{0, 1, 2}, 0, 0, 1, 0},
	{[]int{2}, 1, 63, 1, 0}, {[]int{1}, 1, 63, 1, 0}, {[]int{0}, 1, 63, 1, 0},
}

// progressive writes a JPEG whose first scans show the whole picture already. Its sides are multiples of 16.
func progressive(img *image.YCbCr) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	planes := []plane{
		transformed(img.Y, img.YStride, w, h), transformed(img.Cb, img.CStride, w/2, h/2), transformed(img.Cr, img.CStride, w/2, h/2),
	}
	out := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	for _, at := range zigzag {
		out = append(out, byte(step(at)))
	}
	out = append(out, 0xff, 0xc2, 0, 17, 8)
	out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, uint16(h)), uint16(w))
	out = append(out, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0)
	for _, p := range passes {
		var often [257]int
		s := scan{pass: p, symbol: func(v byte) { often[v] += 2 }, bits: func(uint32, int) {}}
		s.run(planes)
		often[256] = 1 // which takes the code of nothing but ones, for no symbol may have it
		c := huffman(often[:], 16)
		if p.from > 0 || p.after == 0 { // else it is bits alone
			out = append(out, tableOf(c, p.from > 0)...)
		}
		out = append(out, 0xff, 0xda, 0, byte(6+2*len(p.components)), byte(len(p.components)))
		for _, component := range p.components {
			out = append(out, byte(component+1), 0)
		}
		out = append(out, byte(p.from), byte(p.to), p.after<<4|p.bit)
		b := stuffed{out: out}
		s = scan{pass: p, symbol: func(v byte) { b.write(c.codes[v], int(c.lengths[v])) }, bits: b.write}
		s.run(planes)
		out = b.end()
	}
	return append(out, 0xff, 0xd9)
}

// tableOf is the segment that tells Huffman codes.
func tableOf(c codes, coefficients bool) []byte {
	class := byte(0)
	if coefficients {
		class = 0x10
	}
	var counts [16]byte
	var symbols []byte
	for length := range uint8(16) {
		for symbol, l := range c.lengths[:256] {
			if l == length+1 {
				counts[length]++
				symbols = append(symbols, byte(symbol))
			}
		}
	}
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xc4}, uint16(19+len(symbols)))
	return append(append(append(out, class), counts[:]...), symbols...)
}

// stuffed packs bits, the first the highest, and puts a zero behind a byte that would look like a marker.
type stuffed struct {
	out  []byte
	held uint64
	n    int
}

func (b *stuffed) write(v uint32, n int) {
	b.held, b.n = b.held<<n|uint64(v)&(1<<n-1), b.n+n
	for ; b.n >= 8; b.n -= 8 {
		whole := byte(b.held >> (b.n - 8))
		if b.out = append(b.out, whole); whole == 0xff {
			b.out = append(b.out, 0)
		}
	}
}

func (b *stuffed) end() []byte {
	if b.n > 0 {
		b.write(0xff, 8-b.n)
	}
	return b.out
}

// scan runs one pass: once to count symbols, once to write them.
type scan struct {
	pass
	symbol func(byte)
	bits   func(v uint32, n int)

	before [3]int32 // the last mean of each component
	ended  int      // blocks in a row that hold nothing more
	kept   []uint32 // bits of coefficients in these that were known before
}

func (s *scan) run(planes []plane) {
	if s.from > 0 {
		for i := range planes[s.components[0]].blocks {
			s.coefficients(&planes[s.components[0]].blocks[i])
		}
		s.endBlocks()
		return
	}
	luma := planes[0]
	for y := range luma.down / 2 {
		for x := range luma.across / 2 {
			for i := range 4 {
				s.mean(0, luma.blocks[(2*y+i/2)*luma.across+2*x+i%2][0])
			}
			for c := 1; c <= 2; c++ {
				s.mean(c, planes[c].blocks[y*planes[c].across+x][0])
			}
		}
	}
}

func (s *scan) mean(component int, v int32) {
	v >>= s.bit
	if s.after > 0 {
		s.bits(uint32(v&1), 1)
		return
	}
	diff := v - s.before[component]
	s.before[component] = v
	n := size(diff)
	s.symbol(byte(n))
	s.bits(signed(diff, n), n)
}

// size is how many bits a value takes without its sign.
func size(v int32) int { return bits.Len32(uint32(max(v, -v))) }

// signed is a value in n bits: a negative one less one.
func signed(v int32, n int) uint32 {
	if v < 0 {
		v += 1<<n - 1
	}
	return uint32(v)
}

func (s *scan) coefficients(block *[64]int32) {
	if s.after > 0 {
		s.refine(block)
		return
	}
	zeros := 0
	for k := s.from; k <= s.to; k++ {
		v := block[k]
		if v = max(v, -v) >> s.bit; v == 0 {
			zeros++
			continue
		}
		if block[k] < 0 {
			v = -v
		}
		s.endBlocks()
		for ; zeros > 15; zeros -= 16 {
			s.symbol(0xf0)
		}
		n := size(v)
		s.symbol(byte(zeros<<4 | n))
		s.bits(signed(v, n), n)
		zeros = 0
	}
	if zeros > 0 {
		s.endBlock(nil)
	}
}

// refine adds one bit to coefficients that were there, and those that this bit is the first of.
func (s *scan) refine(block *[64]int32) {
	last := 0 // of those that are new
	for k := s.from; k <= s.to; k++ {
		if v := block[k]; max(v, -v)>>s.bit == 1 {
			last = k
		}
	}
	zeros := 0
	var known []uint32
	tell := func() {
		for _, bit := range known {
			s.bits(bit, 1)
		}
		known = known[:0]
	}
	for k := s.from; k <= s.to; k++ {
		v := max(block[k], -block[k]) >> s.bit
		if v == 0 {
			zeros++
			continue
		}
		for ; zeros > 15 && k <= last; zeros -= 16 {
			s.endBlocks()
			s.symbol(0xf0)
			tell()
		}
		if v > 1 {
			known = append(known, uint32(v&1))
			continue
		}
		s.endBlocks()
		s.symbol(byte(zeros<<4 | 1))
		sign := uint32(1)
		if block[k] < 0 {
			sign = 0
		}
		s.bits(sign, 1)
		tell()
		zeros = 0
	}
	if zeros > 0 || len(known) > 0 {
		s.endBlock(known)
	}
}

// endBlock notes that the rest of a block is nothing new.
func (s *scan) endBlock(known []uint32) {
	s.ended++
	s.kept = append(s.kept, known...)
	if s.ended == 0x7fff {
		s.endBlocks()
	}
}

// endBlocks writes how many blocks ended so.
func (s *scan) endBlocks() {
	if s.ended == 0 {
		return
	}
	n := bits.Len(uint(s.ended)) - 1
	s.symbol(byte(n << 4))
	s.bits(uint32(s.ended), n)
	for _, bit := range s.kept {
		s.bits(bit, 1)
	}
	s.ended, s.kept = 0, s.kept[:0]
}
