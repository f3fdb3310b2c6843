// Command mount is a small program that has Doorward's accounts as a part of it: its own pages at /, Doorward's under
// /auth. It shows all that another program has to do: accounts.go wires the parts, hello.go asks who is signed in.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"time"

	"doorward/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	listener, err := net.Listen("tcp", "localhost:8080")
	if err == nil {
		err = run(ctx, listener, "mount-data", os.Stdout, log)
	}
	if err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// routes are the program's own pages, and Doorward's below /auth.
func routes(site *web.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", site) // with the prefix: Doorward takes it off itself
	mux.Handle("GET /{$}", hello(site))
	mux.Handle("POST /greetings", greet(site))
	return mux
}

// run serves on a listener, with the accounts in a folder, until ctx ends. out is where the way to the first Owner goes.
func run(ctx context.Context, listener net.Listener, folder string, out io.Writer, log *slog.Logger) (err error) {
	// The path of the base URL is where Doorward is mounted. Links in mails begin with it, cookies are Secure under https,
	// and only pages of its origin may change anything.
	base := &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/auth"}
	accounts, err := openAccounts(ctx, folder, base, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, accounts.close()) }()
	if code, err := accounts.SetupCode(ctx); err == nil && code != "" {
		fmt.Fprintf(out, "The first Owner registers at %s/register?setup=%s\n", base, code.Reveal())
	}

	server := &http.Server{Handler: routes(accounts.site), ReadHeaderTimeout: time.Minute}
	server.RegisterOnShutdown(accounts.EndStreams) // they would never end by themselves
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	// Mails, avatars and purging are done in the background; jobs outlive the requests.
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()
	background := make(chan struct{})
	go func() {
		defer close(background)
		accounts.Run(jobs)
	}()

	select {
	case err = <-served:
	case <-ctx.Done():
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = server.Shutdown(patience)
	}
	stopJobs()
	<-background
	return err
}
