package web

import (
	"testing"

	"doorward/app/apptest"
)

// TestTheTableOfAttacksNamesTestsThatExist holds docs/security.md: each row names tests, each of them is there, and each
// test in a file of attacks stands in a row.
func TestTheTableOfAttacksNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	apptest.Table{
		Root: "..", Page: "docs/security.md", Head: "| attack | went wrong at | why it fails here | tests |", Least: 50, Prefix: "attack_",
	}.Check(t)
}
