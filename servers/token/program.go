package token

import "authlab/servers/api"

// Program is tokend.
func Program() api.Program {
	return api.Program{
		Name: "tokend", Listen: "127.0.0.1:8081", Scheme: NewScheme(),
		About: `tokend serves the API with tokens: the client holds signed tokens that say who it is, the server ` +
			`holds the keys.

A request is answered from its token, so a logout, a ban or a changed role may count only when the access token expires,
which is what --access-ttl sets; at once with --revocation denylist, where every request asks Redis what was ended; or
within a second with --revocation push, where every replica follows a list of that in Redis. With --carrier cookie the
token travels in a cookie that scripts cannot read.`,
		Example: `  tokend --demo-users  # alice, bob and admin log in on 127.0.0.1:8081
  tokend --demo-users --listen 127.0.0.1:0 --access-ttl 1m`,
	}
}
