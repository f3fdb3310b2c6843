// Package geo tells where an address is, by a MaxMind-format file (City or Country) on this machine: nothing is asked
// elsewhere. Start with Open; DB is an app.Locator.
//
// The file is read into memory rather than mapped: one that is rewritten or cut in place, as some updaters do, would
// otherwise end the process at the next look. A City file takes 60 to 130 MB, a Country file under 10.
package geo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/oschwald/geoip2-golang/v2"

	"doorward/app"
)

const (
	// lookEvery is how often the file is looked at for a change.
	lookEvery = time.Minute
	// maxFile is more than any such file has.
	maxFile = 1 << 30
)

// DB is an open file. Locate may be called by any number of goroutines while Watch runs.
type DB struct {
	path   string
	log    *slog.Logger
	reader atomic.Pointer[geoip2.Reader]
	seen   fs.FileInfo // the file as it was last read, or failed to be; nil when it was missing. Watch's alone.
}

// Open reads the file, which must be there and whole. What becomes of it later fails nothing: see Watch.
func Open(path string, log *slog.Logger) (*DB, error) {
	reader, seen, err := read(path)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path, log: log, seen: seen}
	db.reader.Store(reader)
	return db, nil
}

// read reads the file and answers what it was like just before, also with an error where that is known.
func read(path string) (*geoip2.Reader, fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, info, fmt.Errorf("%s is not a file", path)
	case info.Size() > maxFile:
		return nil, info, fmt.Errorf("%s has more than %d MiB", path, maxFile>>20)
	}
	body := make([]byte, info.Size())
	if _, err := io.ReadFull(file, body); err != nil {
		return nil, info, fmt.Errorf("read %s: %w", path, err)
	}
	reader, err := parse(body)
	if err != nil {
		return nil, info, fmt.Errorf("%s is no City or Country database: %w", path, err)
	}
	return reader, info, nil
}

func parse(body []byte) (*geoip2.Reader, error) {
	reader, err := geoip2.OpenBytes(body)
	if err != nil {
		return nil, err
	}
	_, err = locate(reader, netip.IPv4Unspecified()) // another kind of database answers no such question
	return reader, err
}

// Locate tells where an address is: the zero Place for one that is not known or belongs to a private network.
func (db *DB) Locate(ip netip.Addr) (app.Place, error) {
	ip = ip.Unmap().WithZone("")
	if !isPublic(ip) {
		return app.Place{}, nil
	}
	return locate(db.reader.Load(), ip)
}

// sharedSpace is what providers number their customers with behind one public address.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedSpace.Contains(ip)
}

// locate looks an address up. A broken file must not take down whoever asks.
func locate(reader *geoip2.Reader, ip netip.Addr) (place app.Place, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			place, err = app.Place{}, fmt.Errorf("look up: %v", cause)
		}
	}()
	found, err := reader.City(ip) // it reads Country files too
	if err != nil || !found.HasData() {
		return app.Place{}, err
	}
	place = app.Place{Country: found.Country.Names.English, City: found.City.Names.English}
	if len(found.Subdivisions) > 0 {
		place.Region = found.Subdivisions[0].Names.English // the largest
	}
	return place, nil
}

// Watch reads the file anew when it was changed or replaced, until ctx ends. A missing or broken one is told in the log,
// once, and what was read before stays.
func (db *DB) Watch(ctx context.Context) {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			db.look()
		case <-ctx.Done():
			return
		}
	}
}

// look reads the file if it is another than at the last look.
func (db *DB) look() {
	now, err := os.Stat(db.path)
	if err != nil {
		if db.seen != nil {
			db.log.Warn("the location file can't be looked at; what was read before stays", "error", err)
		}
		db.seen = nil
		return
	}
	if db.seen != nil && os.SameFile(db.seen, now) && db.seen.ModTime().Equal(now.ModTime()) && db.seen.Size() == now.Size() {
		return
	}
	reader, seen, err := read(db.path)
	if errors.Is(err, fs.ErrNotExist) {
		return // it went in between: the next look tells
	}
	db.seen = seen
	if seen == nil {
		db.seen = now
	}
	if err != nil {
		db.log.Warn("the location file can't be used; what was read before stays", "error", err)
		return
	}
	db.reader.Store(reader)
	db.log.Info("the location file was read anew", "path", db.path)
}
