// Sessiond serves the API with sessions: the client holds a random id in a cookie, the server holds the rest.
package main

import (
	"os"

	"authlab/servers/api"
	"authlab/servers/session"
)

func main() { os.Exit(api.Main("sessiond", "127.0.0.1:8080", session.NewScheme())) }
