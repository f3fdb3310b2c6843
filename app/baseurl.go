package app

import "context"

// factBaseURL remembers what the server's links begin with, for commands beside it that are not told its settings.
const factBaseURL = "base_url"

// NoteBaseURL remembers it when a server starts. What can't be written is only not known elsewhere, and no reason to stop.
func (a *Accounts) NoteBaseURL(ctx context.Context, base string) {
	known, err := a.NotedBaseURL(ctx)
	if err == nil && known != base {
		err = a.store.Update(ctx, func(tx Tx) error { return tx.SetFact(factBaseURL, base) })
	}
	if err != nil {
		a.log.Warn("write what links begin with", "error", err)
	}
}

// NotedBaseURL is what links of the server that runs, or ran last, begin with; "" before there was one
// since the folder was made or restored.
func (a *Accounts) NotedBaseURL(ctx context.Context) (base string, err error) {
	err = a.view(ctx, func(tx Tx) (err error) {
		base, err = tx.Fact(factBaseURL)
		return ignoreMissing(err)
	})
	return base, err
}
