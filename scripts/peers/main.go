// Command peerd serves the API with the libraries that others use for sessions and tokens, so that the lab's servers
// are compared with them on the lab's own bench: the same routes, handlers, limits and accounts, and a library's own
// way to tell who asks.
//
// It is made to be measured. What a peer leaves out that the lab's servers do is said beside its row; login, GET /v1/me
// and logout work, everything else that touches logins answers 503. The libraries live in this module, so that the lab
// depends on none.
package main

import (
	"os"

	"authlab/servers/api"
)

func main() {
	os.Exit(api.Program{
		Name: "peerd", Listen: "127.0.0.1:8083", Scheme: &scheme{},
		About: `peerd serves the API with the libraries that others use, to be measured beside sessiond and tokend.

Login, GET /v1/me and logout are there; it is not for production.`,
		Example: `  peerd --demo-users --library scs --redis redis://127.0.0.1:6379`,
	}.Main())
}
