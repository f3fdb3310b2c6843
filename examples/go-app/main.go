// Command go-app is a small app whose people are Doorward's: it is shown a session's token and asks Doorward whose it is.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	accounts := accounts{url: os.Getenv("DOORWARD_URL"), key: os.Getenv("DOORWARD_KEY")}
	log.Fatal(http.ListenAndServe("127.0.0.1:3000", newApp(accounts)))
}
