//go:build !linux

package imaging

import "testing"

// measured runs f as often as b asks. Processor time and peak memory are reported on Linux alone.
func measured(b *testing.B, f func()) {
	b.Helper()
	for b.Loop() {
		f()
	}
}
