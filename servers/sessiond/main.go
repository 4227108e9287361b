// Command sessiond serves the API with sessions: the client holds a random id in a cookie, the server holds the rest.
package main

import (
	"os"

	"authlab/servers/session"
)

func main() { os.Exit(session.Program().Main()) }
