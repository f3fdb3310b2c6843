package cli

import (
	"errors"
	"fmt"
)

// doctorCommand is `doorward doctor`.
type doctorCommand struct {
	JSON bool `name:"json" help:"As JSON: {checks: [{check, verdict, says}]}."`
}

// Verdict is how a check went.
type Verdict string

// The verdicts. Only a failure makes doctor exit with 1.
const (
	Fine    Verdict = "ok"
	Warning Verdict = "warning"
	Failure Verdict = "FAILED"
)

// Finding is what one check of doctor found, in a line.
type Finding struct {
	Check   string  `json:"check"` // one word: settings, folder, database…
	Verdict Verdict `json:"verdict"`
	Says    string  `json:"says"`
}

// Run prints a line for each check, as soon as it is made.
func (c doctorCommand) Run(in *invocation) error {
	failed, all := 0, []Finding{}
	for finding := range in.program.Doctor(in.ctx, in.settings, in.Streams) {
		if finding.Verdict == Failure {
			failed++
		}
		if c.JSON {
			all = append(all, finding)
			continue
		}
		if _, err := fmt.Fprintln(in.Out, oneLine(fmt.Sprintf("%-11s %-8s %s", finding.Check, finding.Verdict, finding.Says))); err != nil {
			return err
		}
	}
	if c.JSON {
		if err := in.printJSON(map[string]any{"checks": all}); err != nil {
			return err
		}
	}
	switch failed {
	case 0:
		return nil
	case 1:
		return errors.New("one check failed")
	}
	return fmt.Errorf("%d checks failed", failed)
}
