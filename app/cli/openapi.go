package cli

import (
	"bytes"
	"fmt"
)

// openAPICommand is `doorward openapi`.
type openAPICommand struct{}

// Run prints the document.
func (openAPICommand) Run(in *invocation) error {
	document, err := in.program.OpenAPI()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(in.Out, "%s\n", bytes.TrimSpace(document))
	return err
}
