//go:build !linux

package sqlite

import "time"

// processorTime is the time that passed, where nothing better is known.
func processorTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
