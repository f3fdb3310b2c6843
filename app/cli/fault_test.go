package cli

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// TestHeadersThatNeverEndCloseTheirConnection runs the server as it is served, but for the minute that it waits.
func TestHeadersThatNeverEndCloseTheirConnection(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	server := Server{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }),
		Log:     slog.New(slog.DiscardHandler),
	}.httpServer(t.Context())
	if server.ReadHeaderTimeout != time.Minute || server.IdleTimeout == 0 {
		t.Errorf("headers may take %s, idleness %s", server.ReadHeaderTimeout, server.IdleTimeout)
	}
	server.ReadHeaderTimeout = 20 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // ends with Close
	}()
	defer func() {
		server.Close()
		<-served
	}()
	for _, begun := range []string{"", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, begun); err != nil {
			t.Fatal(err)
		}
		// To the end, which the server makes: rudely, where it has not come to read what was sent.
		if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%q: %v", begun, err)
		}
	}
	if len(asked) > 0 {
		t.Error("half a request was served")
	}
}
