package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"doorward/web"
)

var clientStory = flag.Bool("client", false, "install and run examples/client-typescript, for which node, npm and their registry are needed")

const clientExample = "examples/client-typescript"

// TestAGeneratedClientTellsItsStory makes a client of the description by a generator that is not ours, has TypeScript check
// it strictly, and runs it against the real program. `go test . -run Client -client` does so; without the flag the tests
// need no network.
func TestAGeneratedClientTellsItsStory(t *testing.T) {
	t.Parallel()
	if !*clientStory {
		t.Skip("run it with -client")
	}
	needsSignals(t)
	c := newExample(t)
	c.run(nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	c.isGenerated()
	c.run(nil, "npx", "tsc")

	s := start(t, program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	_, code, _ := strings.Cut(s.printed("/register?setup="), "setup=")
	registerOwner(t, s.base, code)
	told := c.run([]string{"DOORWARD_URL=" + s.base, "DOORWARD_EMAIL=" + clientOwner, "DOORWARD_PASSWORD=" + clientPassword}, "node", "build/story.js")
	if !strings.HasSuffix(strings.TrimSpace(told), "the end") {
		t.Errorf("the story did not come to its end: %s", told)
	}
	s.stop(os.Interrupt)
}

// example is a copy of the example's folder.
type example struct {
	t   *testing.T
	dir string
}

// newExample copies the files alone: folders are what somebody installed or built there.
func newExample(t *testing.T) example {
	t.Helper()
	c := example{t, t.TempDir()}
	entries, err := os.ReadDir(clientExample)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(clientExample, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.dir, entry.Name()), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run runs a program in the folder and answers what it printed.
func (c example) run(env []string, name string, args ...string) string {
	c.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(c.t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &errs
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// isGenerated holds the types in the example's folder against those of the description as it is.
func (c example) isGenerated() {
	c.t.Helper()
	description, err := web.OpenAPI()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "openapi.json"), description, 0o644); err != nil {
		c.t.Fatal(err)
	}
	types := filepath.Join(c.dir, "doorward.d.ts")
	before, err := os.ReadFile(types)
	if err != nil {
		c.t.Fatal(err)
	}
	c.run(nil, "npx", "openapi-typescript", "openapi.json", "--output", "doorward.d.ts")
	if after, err := os.ReadFile(types); err != nil || !bytes.Equal(before, after) {
		c.t.Errorf("%s/doorward.d.ts is not what the description gives (%v): run npm ci and npm run generate there", clientExample, err)
	}
}

const clientOwner, clientPassword = "ada@example.org", "correct horse battery"

func registerOwner(t *testing.T, base, code string) {
	t.Helper()
	body := fmt.Sprintf(`{"email":%q,"password":%q,"setup_code":%q}`, clientOwner, clientPassword, code)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v1/registrations", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("registering answered %d", answer.StatusCode)
	}
}

// TestTheClientsLockfileNamesNoRegistry keeps the address of whichever registry or mirror it was last written with out of
// it: what is installed is held by digests, and everybody's npm knows where from.
func TestTheClientsLockfileNamesNoRegistry(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(clientExample, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil || len(lock.Packages) < 4 {
		t.Fatalf("%d packages (%v)", len(lock.Packages), err)
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Resolved != "" || p.Integrity == "" || p.Version == "") {
			t.Errorf("%s: version %q, digest %q, from %q", name, p.Version, p.Integrity, p.Resolved)
		}
	}
}
