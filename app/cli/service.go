package cli

import (
	"errors"
	"fmt"
	"path/filepath"
)

// ErrNoService is a system on which Doorward is no service by itself.
var ErrNoService = errors.New("service is for Windows and macOS; elsewhere the system's own files do this, for systemd deploy/doorward.service")

// serviceCommand is `doorward service`.
type serviceCommand struct {
	Install   serviceInstallCommand   `cmd:"" settings:"config,data" help:"Have the system start a server with this --config and --data; needs an administrator's rights."`
	Uninstall serviceUninstallCommand `cmd:"" settings:"" help:"Have it do so no more; the data stays."`
	Start     serviceStartCommand     `cmd:"" settings:"" help:"Start it now."`
	Stop      serviceStopCommand      `cmd:"" settings:"" help:"Stop it."`
	Status    serviceStatusCommand    `cmd:"" settings:"" help:"Say whether it runs."`
}

type (
	serviceInstallCommand   struct{}
	serviceUninstallCommand struct{}
	serviceStartCommand     struct{}
	serviceStopCommand      struct{}
	serviceStatusCommand    struct{}
)

// Run installs a service that finds its files wherever it is started.
func (serviceInstallCommand) Run(in *invocation) error {
	data, err := filepath.Abs(in.settings.Data)
	if err != nil {
		return fmt.Errorf("name the data folder: %w", err)
	}
	args := []string{"serve", "--data", data}
	if in.settings.Config != "" {
		config, err := filepath.Abs(in.settings.Config)
		if err != nil {
			return fmt.Errorf("name the settings: %w", err)
		}
		args = append(args, "--config", config)
	}
	return in.service("install", args...)
}

// Run removes the service.
func (serviceUninstallCommand) Run(in *invocation) error { return in.service("uninstall") }

// Run starts the service.
func (serviceStartCommand) Run(in *invocation) error { return in.service("start") }

// Run stops the service.
func (serviceStopCommand) Run(in *invocation) error { return in.service("stop") }

// Run says whether the service runs.
func (serviceStatusCommand) Run(in *invocation) error { return in.service("status") }

// service asks the system for something, and prints what became of it.
func (in *invocation) service(act string, args ...string) error {
	said, err := in.program.Service(act, args)
	if errors.Is(err, ErrNoService) {
		return &usageError{err}
	}
	if err != nil {
		return fmt.Errorf("service %s: %w", act, err)
	}
	_, err = fmt.Fprintln(in.Out, said)
	return err
}
