package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"doorward/app"
)

// auditCommands are `doorward audit`.
type auditCommands struct {
	Verify auditVerifyCommand `cmd:"" settings:"config,data,log-format,log-level" help:"Check the audit log's chain, and print LENGTH:VALUE as its last line."`
}

// auditVerifyCommand is `doorward audit verify`.
type auditVerifyCommand struct {
	JSON   bool `name:"json" help:"As JSON: {length, value, pruned, pruned_bad, erased}."`
	Expect Mark `help:"What an earlier check printed: also refuse a log that was cut or rewritten since." placeholder:"LENGTH:VALUE"`
}

// Mark is an earlier answer of `audit verify`; nil for none.
type Mark struct{ *app.AuditMark }

func readMark(text string, _ *kong.Value) (Mark, error) {
	mark, err := app.ParseAuditMark(text)
	return Mark{&mark}, err
}

// Run says what was found and prints the chain's end, which only a chain that holds has.
func (c auditVerifyCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		report, err := a.VerifyAudit(in.ctx, by, c.Expect.AuditMark)
		if err != nil {
			return errors.New(sentence(err))
		}
		if report.Break != nil {
			return fmt.Errorf("the audit log does not hold: %w", report.Break)
		}
		if c.JSON {
			return in.printAuditJSON(report)
		}
		for _, line := range findings(report) {
			if _, err := fmt.Fprintln(in.Out, line); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintln(in.Out, report.Mark)
		return err
	})
}

// printAuditJSON prints what the lines for people say of a chain that holds.
func (in *invocation) printAuditJSON(r app.AuditReport) error {
	_, value, _ := strings.Cut(r.Mark.String(), ":")
	return in.printJSON(struct {
		Length    int64  `json:"length"`
		Value     string `json:"value"`
		Pruned    int64  `json:"pruned"`
		PrunedBad int64  `json:"pruned_bad"`
		Erased    int    `json:"erased"`
	}{r.Mark.Length, value, r.Pruned, r.PrunedBad, r.Erased})
}

// findings say, a line each, what is there to know of a chain that holds.
func findings(r app.AuditReport) []string {
	lines := []string{"the audit log holds: " + amount(r.Mark.Length-r.Pruned, "entry", "entries")}
	if r.Pruned > 0 {
		lines = append(lines, fmt.Sprintf("entries up to %d were pruned", r.Pruned))
	}
	if r.PrunedBad > 0 {
		lines = append(lines, fmt.Sprintf("the pruned part did not hold, first at entry %d", r.PrunedBad))
	}
	if r.Erased > 0 {
		lines = append(lines, amount(int64(r.Erased), "personal part", "personal parts")+" erased after the deletion of the account")
	}
	return lines
}

func amount(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
