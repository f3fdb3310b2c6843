package main

import (
	"context"
	"log/slog"

	"doorward/app"
	"doorward/app/cli"
	"doorward/app/geo"
)

// places tells where registrations come from, if there is a file that knows.
type places struct {
	locator app.Locator // nil without a file
	close   func()
}

// openPlaces opens the file of --geoip-db and keeps an eye on it until close.
func openPlaces(path string, log *slog.Logger) (places, error) {
	if path == "" {
		return places{close: func() {}}, nil
	}
	db, err := geo.Open(path, log)
	if err != nil {
		return places{}, cli.Unusable("geoip-db", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		db.Watch(ctx)
	}()
	return places{locator: db, close: func() {
		stop()
		<-ended
	}}, nil
}
