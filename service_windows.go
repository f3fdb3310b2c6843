package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/kardianos/service"
)

// hosted runs the program as it is, or under Windows' service manager when that started it: then until the manager says
// stop, with what it would print in the event log, since there is nobody to read it.
func hosted(ctx context.Context, program func(context.Context) int) int {
	if service.Interactive() {
		return program(ctx)
	}
	h := &host{ctx: ctx, program: program, ended: make(chan struct{})}
	s, err := newService(h, nil)
	if err != nil {
		return 1
	}
	if err := s.Run(); err != nil {
		return 1
	}
	return h.code
}

// host is the program between the manager's start and stop.
type host struct {
	ctx     context.Context
	program func(context.Context) int
	stop    context.CancelFunc
	ended   chan struct{}
	code    int // once ended
}

// Start runs the program beside the manager's questions. One that ends by itself ends the process, which the manager takes
// for a failure, and starts it again.
func (h *host) Start(s service.Service) error {
	events, err := s.Logger(nil)
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	os.Stdout, os.Stderr = write, write
	go tell(events, read)
	ctx, stop := context.WithCancel(h.ctx)
	h.stop = stop
	go func() {
		h.code = h.program(ctx)
		asked := ctx.Err() != nil
		close(h.ended)
		if !asked {
			os.Exit(max(h.code, 1))
		}
	}()
	return nil
}

// Stop ends the program and waits for it.
func (h *host) Stop(service.Service) error {
	h.stop()
	<-h.ended
	return nil
}

// tell writes each line to the event log.
func tell(events service.Logger, lines io.Reader) {
	for text := bufio.NewScanner(lines); text.Scan(); {
		line := text.Text()
		switch {
		case strings.Contains(line, "level=ERROR") || strings.HasPrefix(line, "doorward: "):
			_ = events.Error(line) // there is no other place to say that this one fails
		case strings.Contains(line, "level=WARN"):
			_ = events.Warning(line)
		case line != "":
			_ = events.Info(line)
		}
	}
}
