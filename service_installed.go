//go:build windows || darwin

package main

import (
	"errors"
	"fmt"

	"github.com/kardianos/service"
)

// served is what the system calls the service.
const served = "doorward"

// newService describes the service; args are what the system is to start the program with.
func newService(i service.Interface, args []string) (service.Service, error) {
	return service.New(i, &service.Config{
		Name: served, DisplayName: "Doorward", Description: "User accounts for your own app.", Arguments: args,
		// launchd starts it with the machine and again should it end, and keeps what it says in /var/log; Windows starts it by itself.
		Option: service.KeyValue{"RunAtLoad": true, "KeepAlive": true, "LogOutput": true, "OnFailure": "restart"},
	})
}

// unhosted stands for the program where it is only talked about.
type unhosted struct{}

func (unhosted) Start(service.Service) error { return nil }
func (unhosted) Stop(service.Service) error  { return nil }

// controlService has the system install, start, stop or forget the service, or say how it is.
func controlService(act string, args []string) (said string, err error) {
	s, err := newService(unhosted{}, args)
	if err != nil {
		return "", err
	}
	if act != "status" {
		return served + ": " + act + " done", service.Control(s, act)
	}
	switch status, err := s.Status(); {
	case errors.Is(err, service.ErrNotInstalled):
		return "", errors.New("it is not installed; doorward service install does so")
	case err != nil:
		return "", err
	case status == service.StatusRunning:
		return served + ": runs", nil
	case status == service.StatusStopped:
		return served + ": is stopped", nil
	}
	return "", fmt.Errorf("the system does not say whether %s runs", served)
}
