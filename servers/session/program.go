package session

import "authlab/servers/api"

// Program is sessiond.
func Program() api.Program {
	return api.Program{
		Name: "sessiond", Listen: "127.0.0.1:8080", Scheme: NewScheme(),
		About: `sessiond serves the API with sessions: the client holds a random id in a cookie, the server holds the rest.

Sessions live in this process or in a store that all replicas share, as --store says, and there they can be ended. With
--store cookie the whole session is sealed in the cookie, and cannot be ended before its time.`,
		Example: `  sessiond --demo-users  # alice, bob and admin log in on 127.0.0.1:8080
  sessiond --demo-users --listen 127.0.0.1:0 --store redis --redis redis://127.0.0.1:6379
  sessiond --demo-users --listen 127.0.0.1:0 --store near --redis redis://127.0.0.1:6379` +
			`  # and remembers what it has seen`,
	}
}
