package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// writePlaces makes a location file that knows 203.0.113.0/24.
func writePlaces(t *testing.T, path string) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-City", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) mmdbtype.Map {
		return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(name)}}
	}
	_, network, err := net.ParseCIDR("203.0.113.0/24")
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Insert(network, mmdbtype.Map{
		"country": named("Germany"), "subdivisions": mmdbtype.Slice{named("Bavaria")}, "city": named("Munich"),
	}); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := tree.WriteTo(&body); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// registerFrom registers an account from an address behind a proxy, and answers what its owner is told of that.
func (s *process) registerFrom(address, email, setup string) (registration string) {
	s.t.Helper()
	body := `{"email":"` + email + `","password":"` + ownerPassword + `","setup_code":"` + setup + `"}`
	post(s.t, s.base+"/api/v1/registrations", body, http.StatusCreated, nil, "X-Forwarded-For", address)
	var granted struct {
		User struct{ Registration json.RawMessage }
	}
	post(s.t, s.base+"/api/v1/sessions", body[:strings.Index(body, `,"setup_code"`)]+"}", http.StatusCreated, &granted)
	return string(granted.User.Registration)
}

func TestRegistrationsTellWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	file := filepath.Join(t.TempDir(), "places.mmdb")
	writePlaces(t, file)
	s := start(t, program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--bcrypt-cost", "4",
		"--trusted-proxies", "127.0.0.1/32", "--geoip-db", file))
	_, setup, _ := strings.Cut(s.printed("setup="), "setup=")
	if got := s.registerFrom("203.0.113.9", "ada@example.org", setup); got != `{"ip":"203.0.113.9","country":"Germany","region":"Bavaria","city":"Munich"}` {
		t.Errorf("told %s", got)
	}
	if got := s.registerFrom("10.1.2.3", "eve@example.org", ""); got != `{"ip":"10.1.2.3","country":null,"region":null,"city":null}` {
		t.Errorf("told %s", got)
	}
	if err := os.Truncate(file, 10); err != nil { // it breaks while it is in use
		t.Fatal(err)
	}
	if got := s.registerFrom("203.0.113.9", "bob@example.org", ""); !strings.Contains(got, "Munich") {
		t.Errorf("told %s", got)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestALocationFileThatCantBeUsedStopsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.mmdb")
	if err := os.WriteFile(broken, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{broken, filepath.Join(dir, "missing.mmdb")} {
		data := filepath.Join(dir, "data")
		code, out, errs := command(t, "--data", data, "--listen", "127.0.0.1:0", "--geoip-db", file)
		if code != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "doorward: --geoip-db: ") || !strings.Contains(errs, file) {
			t.Errorf("%s: exit %d, %q, %q", file, code, out, errs)
		}
		if _, err := os.Stat(data); err == nil {
			t.Error("a data folder was made")
		}
	}
}
