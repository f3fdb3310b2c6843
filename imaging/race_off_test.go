//go:build !race

package imaging

const raced = false
