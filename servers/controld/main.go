// Command controld serves the API without authentication: the baseline from which the cost of a scheme is measured.
package main

import (
	"os"

	"authlab/servers/control"
)

func main() { os.Exit(control.Program().Main()) }
