package main

import "context"

// hosted runs the program as launchd expects: as any other, which ends at SIGTERM.
func hosted(ctx context.Context, program func(context.Context) int) int { return program(ctx) }
