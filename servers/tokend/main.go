// Tokend serves the API with tokens: the client holds signed tokens that say who it is, the server holds the keys.
package main

import (
	"os"

	"authlab/servers/api"
	"authlab/servers/token"
)

func main() { os.Exit(api.Main("tokend", "127.0.0.1:8081", token.NewScheme())) }
