//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// peer is PocketBase, built for this run, with one account that has signed in.
type peer struct {
	binary, data string
	record       string // the account's id
	bearer       string // the header that shows its token
}

// buildPeer builds PocketBase as its releases are. nil where that can't be: no module proxy, say.
func buildPeer(dir string) *peer {
	binary := filepath.Join(dir, "pocketbase")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Dir = "bench/peers/pocketbase"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: PocketBase is left out: %v\n%s", err, out)
		return nil
	}
	return &peer{binary: binary, data: filepath.Join(dir, "pocketbase-data")}
}

// start runs it, on given cores or on all ("").
func (p *peer) start(cores string) (*process, error) {
	if _, err := os.Stat(p.data); err != nil { // else it opens a browser to set itself up
		out, err := exec.Command(p.binary, "superuser", "upsert", "admin@example.org", password, "--dir", p.data).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("set PocketBase up: %w\n%s", err, out)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	free.Close()
	name, args := p.binary, []string{"serve", "--http", address, "--dir", p.data}
	if cores != "" {
		name, args = pinned(cores, name, args)
	}
	return start(nil, name, args...)
}

const peerUsers = "/api/collections/users/"

// signIn makes the account at first, and signs in.
func (p *peer) signIn(at *process) error {
	if p.record == "" {
		if _, _, err := post(at.base+peerUsers+"records", map[string]any{"email": "owner@example.org", "password": password, "passwordConfirm": password}); err != nil {
			return err
		}
	}
	body, _, err := post(at.base+peerUsers+"auth-with-password", map[string]any{"identity": "owner@example.org", "password": password})
	if err != nil {
		return err
	}
	var made struct {
		Token  string
		Record struct{ ID string }
	}
	if err := json.Unmarshal(body, &made); err != nil {
		return err
	}
	p.record, p.bearer = made.Record.ID, "Authorization: "+made.Token
	return nil
}

// thumb has the small picture made, as PocketBase does when it is asked for first.
func (p *peer) thumb(at *process, record string) error {
	body, err := fetch(at.base, record, p.bearer)
	if err != nil {
		return err
	}
	var of struct{ Avatar string }
	if err := json.Unmarshal(body, &of); err != nil {
		return err
	}
	_, err = fetch(at.base, "/api/files/users/"+p.record+"/"+of.Avatar+"?thumb=100x100", p.bearer)
	return err
}
