// Command tokend serves the API with tokens: the client holds signed tokens that say who it is, the server holds the
// keys.
package main

import (
	"os"

	"authlab/servers/token"
)

func main() { os.Exit(token.Program().Main()) }
