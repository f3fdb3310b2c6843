package main

import (
	"testing"

	"doorward/app/apptest"
)

// TestTheTableOfFaultsNamesTestsThatExist holds docs/reliability.md, as that of the attacks is held.
func TestTheTableOfFaultsNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	apptest.Table{
		Root: ".", Page: "docs/reliability.md", Head: "| fault | what a person sees | what is kept, and how it recovers | tests |", Least: 30, Prefix: "fault_",
	}.Check(t)
}
