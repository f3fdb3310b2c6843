package pictures

import (
	"cmp"
	"math/bits"
	"slices"
)

// codes are Huffman codes by symbol: how long each is, and what it is, its first bit the highest.
type codes struct {
	lengths []uint8
	codes   []uint32
}

// huffman makes codes of at most limit bits for symbols that come so often. A symbol that never comes has none.
func huffman(often []int, limit uint8) codes {
	often = slices.Clone(often)
	for {
		lengths := depths(often)
		if slices.Max(lengths) <= limit {
			return canonical(lengths)
		}
		for i, n := range often { // flatter, until none is too deep
			if n > 1 {
				often[i] = n/2 + 1
			}
		}
	}
}

// depths are those of the leaves of a Huffman tree.
func depths(often []int) []uint8 {
	type node struct {
		often  int
		leaves []int
	}
	var trees []node
	for symbol, n := range often {
		if n > 0 {
			trees = append(trees, node{n, []int{symbol}})
		}
	}
	lengths := make([]uint8, len(often))
	rarest := func(a, b node) int { return cmp.Compare(a.often, b.often) }
	slices.SortStableFunc(trees, rarest)
	for len(trees) > 1 {
		joined := node{trees[0].often + trees[1].often, slices.Concat(trees[0].leaves, trees[1].leaves)}
		for _, symbol := range joined.leaves {
			lengths[symbol]++
		}
		trees = trees[2:]
		at, _ := slices.BinarySearchFunc(trees, joined, rarest)
		trees = slices.Insert(trees, at, joined)
	}
	return lengths
}

// canonical gives the codes of these lengths in their order, and among equals in that of the symbols.
func canonical(lengths []uint8) codes {
	made := codes{lengths, make([]uint32, len(lengths))}
	next := uint32(0)
	for length := uint8(1); length <= 16; length++ {
		for symbol, l := range lengths {
			if l == length {
				made.codes[symbol] = next
				next++
			}
		}
		next <<= 1
	}
	return made
}

// reversed is a code with its first bit the lowest.
func (c codes) reversed(symbol int) uint32 {
	return bits.Reverse32(c.codes[symbol]) >> (32 - c.lengths[symbol])
}
