package geo

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"doorward/app"
)

// names are a place's, in English and German.
func names(english, german string) mmdbtype.Map {
	return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(english), "de": mmdbtype.String(german)}}
}

var (
	munich = mmdbtype.Map{
		"country":      names("Germany", "Deutschland"),
		"subdivisions": mmdbtype.Slice{names("Bavaria", "Bayern"), names("Upper Bavaria", "Oberbayern")},
		"city":         names("Munich", "München"),
	}
	france = mmdbtype.Map{"country": names("France", "Frankreich")}
)

// write makes a database of networks and what they hold.
func write(t testing.TB, path, kind string, networks map[string]mmdbtype.Map) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for text, record := range networks {
		_, network, err := net.ParseCIDR(text)
		if err == nil {
			err = tree.Insert(network, record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var body bytes.Buffer
	if _, err := tree.WriteTo(&body); err != nil {
		t.Fatal(err)
	}
	next := path + ".next"
	if err := os.WriteFile(next, body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

var everywhere = map[string]mmdbtype.Map{
	"203.0.113.0/24": munich, "2001:db8::/32": france, "10.0.0.0/8": france, "127.0.0.0/8": france, "100.64.0.0/10": france,
	"192.168.0.0/16": france, "169.254.0.0/16": france, "fc00::/7": france,
}

// opened is a database with its log.
func opened(t testing.TB, kind string) (*DB, *bytes.Buffer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "places.mmdb")
	write(t, path, kind, everywhere)
	log := &bytes.Buffer{}
	db, err := Open(path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return db, log
}

func (db *DB) at(t testing.TB, ip string) app.Place {
	t.Helper()
	place, err := db.Locate(netip.MustParseAddr(ip))
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func TestPlacesAreToldInEnglish(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"GeoLite2-City", "GeoIP2-City", "GeoIP2-Enterprise", "DBIP-City-Lite"} {
		db, _ := opened(t, kind)
		for ip, want := range map[string]app.Place{
			"203.0.113.9":        {Country: "Germany", Region: "Bavaria", City: "Munich"},
			"::ffff:203.0.113.9": {Country: "Germany", Region: "Bavaria", City: "Munich"},
			"2001:db8::1":        {Country: "France"},
			"2001:db8::1%eth0":   {Country: "France"},
		} {
			if got := db.at(t, ip); got != want {
				t.Errorf("%s: %s is at %+v, want %+v", kind, ip, got, want)
			}
		}
	}
}

func TestACountryFileTellsCountries(t *testing.T) {
	t.Parallel()
	db, _ := opened(t, "GeoLite2-Country")
	if got := db.at(t, "2001:db8::1"); got != (app.Place{Country: "France"}) {
		t.Errorf("at %+v", got)
	}
}

func TestUnknownAndPrivateAddressesAreNowhereAndNoError(t *testing.T) {
	t.Parallel()
	db, _ := opened(t, "GeoLite2-City")
	for _, ip := range []string{
		"198.51.100.7", "2001:db9::1", // not in the file
		"10.1.2.3", "127.0.0.1", "192.168.1.1", "169.254.3.4", "100.64.0.1", "::ffff:10.1.2.3", "fd00::1", "0.0.0.0", "224.0.0.1", "::", "::1",
	} {
		if got := db.at(t, ip); got != (app.Place{}) {
			t.Errorf("%s is at %+v", ip, got)
		}
	}
	if place, err := db.Locate(netip.Addr{}); place != (app.Place{}) || err != nil {
		t.Errorf("no address is at %+v, %v", place, err)
	}
}

func TestAFileThatCantBeUsedIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, path("asn"), "GeoLite2-ASN", everywhere)
	write(t, path("other"), "Somebody's own", everywhere)
	whole := path("whole")
	write(t, whole, "GeoLite2-City", everywhere)
	body, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cut": body[:len(body)/2], "empty": nil, "text": []byte("no database")} {
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"missing", "folder", "cut", "empty", "text", "asn", "other"} {
		if _, err := Open(path(name), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), path(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatBecomesOfTheFileFailsNobody changes it in every way while it is in use.
func TestWhatBecomesOfTheFileFailsNobody(t *testing.T) {
	t.Parallel()
	db, log := opened(t, "GeoLite2-City")
	const ip = "203.0.113.9"
	lines := func() int { return strings.Count(log.String(), "\n") }
	stays := func(what, city string, told int) {
		t.Helper()
		before := lines()
		for range 3 { // it is told once
			db.look()
			if got := db.at(t, ip); got.City != city {
				t.Errorf("%s: at %+v, want %s", what, got, city)
			}
		}
		if got := lines() - before; got != told {
			t.Errorf("%s: %d lines in the log, want %d:\n%s", what, got, told, log)
		}
	}
	stays("unchanged", "Munich", 0)
	if err := os.Truncate(db.path, 100); err != nil {
		t.Fatal(err)
	}
	if got := db.at(t, ip); got.City != "Munich" { // before anybody looked
		t.Errorf("cut in place: at %+v", got)
	}
	stays("cut in place", "Munich", 1)
	if err := os.Remove(db.path); err != nil {
		t.Fatal(err)
	}
	stays("removed", "Munich", 1)
	paris := map[string]mmdbtype.Map{"203.0.113.0/24": {"country": names("France", "Frankreich"), "city": names("Paris", "Paris")}}
	write(t, db.path, "GeoLite2-City", paris)
	stays("replaced", "Paris", 1)
	if err := os.WriteFile(db.path, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	stays("broken", "Paris", 1)
	write(t, db.path, "GeoLite2-City", everywhere)
	stays("mended", "Munich", 1)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(db.path, later, later); err != nil {
		t.Fatal(err)
	}
	stays("touched", "Munich", 1)
}

func TestWatchingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db, _ := opened(t, "GeoLite2-City")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		db.Watch(ctx)
	}()
	cancel()
	<-ended
}

// FuzzLocate asks files with broken insides: an error or a place, never a panic.
func FuzzLocate(f *testing.F) {
	path := filepath.Join(f.TempDir(), "places.mmdb")
	write(f, path, "GeoLite2-City", everywhere)
	body, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(40), byte(0xff))
	f.Fuzz(func(t *testing.T, at uint32, value byte) {
		broken := bytes.Clone(body)
		broken[int(at)%len(broken)] = value
		reader, err := parse(broken)
		if err != nil {
			return
		}
		for _, ip := range []string{"203.0.113.9", "2001:db8::1", "198.51.100.7"} {
			_, _ = locate(reader, netip.MustParseAddr(ip))
		}
	})
}
