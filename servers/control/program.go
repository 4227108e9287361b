package control

import "authlab/servers/api"

// Program is controld.
func Program() api.Program {
	return api.Program{
		Name: "controld", Listen: "127.0.0.1:8082", Scheme: NewScheme(),
		About: `controld serves the API without authentication: the baseline from which the cost of a scheme is measured.

It trusts every caller that sends "Authlab-User: id;name;role", so it serves this machine only unless told otherwise.`,
		Example: `  controld --demo-users  # on 127.0.0.1:8082; curl -H 'Authlab-User: 1;alice;user' ` +
			`http://127.0.0.1:8082/v1/me
  controld --listen 127.0.0.1:0`,
	}
}
