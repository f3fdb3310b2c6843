//go:build !windows && !darwin

package main

import (
	"context"

	"doorward/app/cli"
)

// controlService is for systems whose services are not files that an operator writes.
func controlService(string, []string) (string, error) { return "", cli.ErrNoService }

// hosted runs the program as whoever started it expects: here, as it is.
func hosted(ctx context.Context, program func(context.Context) int) int { return program(ctx) }
