// Command pocketbase is PocketBase as its releases are built: with its JavaScript hooks. It is a module of its own, so that
// nothing of it becomes a part of Doorward. ../../ builds it and measures it beside Doorward.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/plugins/ghupdate"
	"github.com/pocketbase/pocketbase/plugins/jsvm"
	"github.com/pocketbase/pocketbase/plugins/migratecmd"
)

func main() {
	app := pocketbase.New()
	jsvm.MustRegister(app, jsvm.Config{})
	migratecmd.MustRegister(app, app.RootCmd, migratecmd.Config{})
	ghupdate.MustRegister(app, app.RootCmd, ghupdate.Config{})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}
