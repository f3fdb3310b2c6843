package cli

// openAPICommand is `doorward openapi`.
type openAPICommand struct{}

// Run prints the document.
func (openAPICommand) Run(in *invocation) error {
	document, err := in.program.OpenAPI()
	if err != nil {
		return err
	}
	_, err = in.Out.Write(append(document, '\n'))
	return err
}
