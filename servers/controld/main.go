// Command controld serves the API without authenticating anybody: the floor that the cost of a scheme is measured from.
package main

import (
	"os"

	"authlab/servers/api"
	"authlab/servers/control"
)

func main() { os.Exit(api.Main("controld", "127.0.0.1:8082", control.NewScheme())) }
