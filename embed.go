package main

import (
	_ "embed" // for the licence
	"io/fs"

	"doorward/goose"
)

// What the binary carries. Each room embeds what is its own, so that another program can use the room without ours: pages
// and scripts are in web, the texts of mails in app/mail, word lists in app/words. What belongs to no room, or is wired
// from here, is named here.

// licence is the text of our own licence, for `doorward version --licenses`.
//
//go:embed LICENSE
var licence string

// migrations are the schema.
func migrations() fs.FS { return goose.Migrations() }
