package cli

import (
	"fmt"
	"strconv"
	"time"

	"doorward/app"
)

// keyCommand is `doorward key`.
type keyCommand struct {
	Add    keyAddCommand    `cmd:"" settings:"config,data,log-format,log-level" help:"Make a key and print its secret, once and alone."`
	List   keyListCommand   `cmd:"" settings:"config,data,log-format,log-level" help:"List the keys that work, newest first."`
	Renew  keyRenewCommand  `cmd:"" settings:"config,data,log-format,log-level" help:"Make new cookie and sealing keys; everybody signs in anew."`
	Revoke keyRevokeCommand `cmd:"" settings:"config,data,log-format,log-level" help:"End a key; a running server refuses it within a second."`
}

// keyAddCommand is `doorward key add NAME --role R`.
type keyAddCommand struct {
	Name string `arg:"" help:"What the key is called, by the program that it is for."`
	Role string `required:"" help:"The role that it acts with." placeholder:"ROLE"`
}

// Run makes the key. Its secret is all that goes to standard output, so that a script can take it from there.
func (c keyAddCommand) Run(in *invocation) error {
	return in.withAccounts(true, func(a *app.Accounts, by app.Actor) error {
		_, secret, err := a.CreateKey(in.ctx, by, app.KeyInput{Name: c.Name, Role: c.Role})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(in.Out, secret.Reveal())
		return err
	})
}

// keyListCommand is `doorward key list`.
type keyListCommand struct {
	JSON bool `name:"json" help:"As JSON, with the names that the API has."`
}

// keyLine is a key as the API has it.
type keyLine struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
}

// Run lists the keys.
func (c keyListCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		keys, err := a.ListKeys(in.ctx, by)
		if err != nil {
			return err
		}
		if c.JSON {
			return in.printKeysJSON(keys)
		}
		rows := make([][]string, len(keys))
		for i, k := range keys {
			rows[i] = []string{strconv.FormatInt(k.ID, 10), k.Name, k.Role, moment(k.CreatedAt), moment(k.LastUsedAt)}
		}
		return in.printTable([]string{"ID", "NAME", "ROLE", "CREATED", "LAST USED"}, rows)
	})
}

func (in *invocation) printKeysJSON(keys []app.Key) error {
	list := make([]keyLine, len(keys))
	for i, k := range keys {
		list[i] = keyLine{ID: k.ID, Name: k.Name, Role: k.Role, CreatedAt: k.CreatedAt, LastUsedAt: momentOrNull(k.LastUsedAt)}
	}
	return in.printJSON(map[string]any{"keys": list})
}

// keyRevokeCommand is `doorward key revoke ID-OR-NAME`.
type keyRevokeCommand struct {
	Key string `arg:"" name:"id-or-name" help:"The key's number or name, as key list shows them."`
}

// Run ends the key and says which one that was.
func (c keyRevokeCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		key, err := a.RevokeKeyCalled(in.ctx, by, c.Key)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.Out, "revoked key %d, %s\n", key.ID, key.Name)
		return err
	})
}

// keyRenewCommand is `doorward key renew`.
type keyRenewCommand struct{}

// Run renews the data folder's keys.
func (keyRenewCommand) Run(in *invocation) error {
	done, err := in.program.RenewKeys(in.ctx, in.settings, in.Streams, app.Shell(shellUser()))
	if err != nil {
		return err
	}
	text := fmt.Sprintf("made new keys: cookies ended, %d waiting mails got new links\n", done.Mails)
	if done.Entries > 0 {
		text += fmt.Sprintf("the audit key was lost: %d entries were chained anew, and nothing tells whether they held before\n", done.Entries)
	}
	_, err = fmt.Fprint(in.Out, text)
	return err
}
