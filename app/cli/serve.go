package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"doorward/app"
)

const (
	headerPatience = time.Minute // a connection that has not ended its headers by then is closed
	idlePatience   = 2 * time.Minute
	maxHeaderBytes = 256 << 10 // with the address, in which a search may be of any length
	// stopPatience is how long requests and jobs that run may take to end when the server stops.
	stopPatience = 10 * time.Second
)

// serveCommand is `doorward serve`, and `doorward` alone.
type serveCommand struct{}

// Run serves until the context ends.
func (serveCommand) Run(in *invocation) error {
	err := in.program.Serve(in.ctx, in.settings, in.Streams)
	if in.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it had begun, which is what was asked for
	}
	return err
}

// Server is a wired Doorward on an open Listener. All fields must be set.
type Server struct {
	Accounts *app.Accounts
	Handler  http.Handler
	Listener *Listener
	BaseURL  *url.URL
	Check    func(context.Context) error // looks for damage in the database, beside everything else
	Log      *slog.Logger
	Out      io.Writer // where the first lines go
	// Metrics is served at the address of --metrics-listen; without that both are nil.
	Metrics         http.Handler
	MetricsListener *Listener
	// Certificates makes it https, on a listener of two ports; nil: plain http.
	Certificates *Certificates
	// Greet prints the first lines in place of those of a server; nil: those.
	Greet func(out io.Writer, base string) error
}

// Run prints where to click, serves and does the background work until ctx ends. Then it takes no more connections, lets
// the requests and after them the jobs that run end, 10 s in all, and returns nil. When serving fails before that, it
// returns why, with everything stopped as well.
func (s Server) Run(ctx context.Context) error {
	greet := s.greet
	if s.Greet != nil {
		greet = func(context.Context) error { return s.Greet(s.Out, strings.TrimRight(s.BaseURL.String(), "/")) }
	}
	if err := greet(ctx); err != nil {
		return errors.Join(err, s.Listener.Close())
	}
	// Neither requests nor jobs end with ctx: they are to finish.
	requests, dropRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer dropRequests()
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()

	server := s.httpServer(requests)
	server.RegisterOnShutdown(s.Accounts.EndStreams) // which would never end by themselves
	failed := make(chan error, 3)
	tasks := []func(){func() { s.Accounts.Run(jobs) }, func() { s.check(jobs) }}
	if s.Certificates == nil {
		go func() { failed <- server.Serve(patientListener{s.Listener}) }()
	} else {
		server.TLSConfig = s.Certificates.manager.TLSConfig()
		go func() { failed <- server.ServeTLS(patientListener{s.Listener}, "", "") }()
		plain := s.httpServer(requests)
		plain.Handler = s.Certificates.plain(s.Handler)
		defer plain.Close() // whoever is cut off is on the way to https anyway
		go func() { failed <- plain.Serve(patientListener{s.Listener.plain}) }()
		tasks = append(tasks, func() { s.Certificates.run(jobs) })
	}
	background := runAll(tasks...)
	if s.MetricsListener != nil {
		figures := &http.Server{Handler: s.Metrics, ReadHeaderTimeout: headerPatience, ReadTimeout: headerPatience, WriteTimeout: headerPatience, IdleTimeout: idlePatience, ErrorLog: server.ErrorLog}
		defer figures.Close() // a reading that is cut off is made up for by the next
		go func() { failed <- figures.Serve(s.MetricsListener) }()
		s.Log.Info("serving metrics", "address", s.MetricsListener.Address.String())
	}

	s.tellSystemd(daemon.SdNotifyReady)
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.Log.Info("stopping")
	}
	s.tellSystemd(daemon.SdNotifyStopping)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if server.Shutdown(patience) != nil {
		s.Log.Warn("requests are cut off: they took too long to end")
		dropRequests()
		server.Close() // the listener is closed already, and there is nobody left to tell
	}
	stopJobs()
	select {
	case <-background:
	case <-patience.Done():
		s.Log.Warn("jobs are cut off: they took too long to end; the next start takes them up again")
	}
	return err
}

// tellSystemd says how far the server is, where something waits for that (Type=notify).
func (s Server) tellSystemd(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn("systemd could not be told", "state", state, "error", err)
	}
}

// runAll starts each function and answers a channel that is closed when all have returned.
func runAll(functions ...func()) (done <-chan struct{}) {
	var all sync.WaitGroup
	for _, fn := range functions {
		all.Go(fn)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		all.Wait()
	}()
	return ended
}

func (s Server) httpServer(requests context.Context) *http.Server {
	return &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: headerPatience,
		IdleTimeout:       idlePatience,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          log.New(serverLog{s.Log}, "", 0),
	}
}

// serverLog takes what net/http says. Handshakes fail all the time where scanners come by, and say nothing to an operator.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.Contains(line, []byte("TLS handshake error")) {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, strings.TrimRight(string(line), "\n"))
	return len(line), nil
}

// check looks through the database once, while everything is served. What the server itself has to write waits for that:
// a damaged database is left as it is. It is the last that a start does: what that left behind is given back to the machine
// afterwards, which would take an idle server many minutes.
func (s Server) check(ctx context.Context) {
	defer debug.FreeOSMemory()
	err := s.Check(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.Log.Error("the database's check failed", "error", err, "way_back", s.Accounts.WayBack(ctx))
	default:
		s.Accounts.NoteBaseURL(ctx, strings.TrimRight(s.BaseURL.String(), "/"))
	}
}
