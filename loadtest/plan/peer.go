package plan

// PeersName is the plan that measures the peers. Their servers must be built first.
const PeersName = "peers"

// Peers are schemes built with widely used libraries and served by a separate program (scripts/peers). Each is compared
// with the scheme named by its Peer field: the ratio of the two shows what the lab's own servers add or save.
var Peers = []Scheme{
	peerSession("redisstore", "rbcervilla/redisstore on go-redis",
		"sliding expiry, an absolute end, ending all logins of a user"),
	peerSession("redistore", "boj/redistore on redigo, which gin-contrib/sessions uses",
		"the PING that its own pool sends before each request, sliding expiry, an absolute end, ending all logins of a user"),
	peerSession("scs", "alexedwards/scs on go-redis", "sliding expiry, ending all logins of a user"),
	peerToken("gin-jwt", "appleboy/gin-jwt", "issuer, audience, type and strict form of a token"),
	peerToken("jwx", "lestrrat-go/jwx", "type and strict form of a token", "--leeway={leeway}"),
}

// PeerServer is the program that serves the peers.
const PeerServer = "peerd"

func peerSession(library, what, less string) Scheme {
	return Scheme{
		Name: "peer-" + library, Server: PeerServer, Flags: []string{"--library=" + library, "--redis={store}"},
		Carrier: ByCookie, Guarantee: AtOnce, State: "Redis", Store: true, StoreOps: 1,
		Balance: RoundRobin, Peer: "session-redis",
		Caveats: []string{what + "; it lacks: " + less},
	}
}

func peerToken(library, what, less string, flags ...string) Scheme {
	return Scheme{
		Name: "peer-" + library, Server: PeerServer,
		Flags:   append([]string{"--library=" + library, "--access-ttl={plan}"}, flags...),
		Carrier: ByBearer, Guarantee: AtExpiry, Alg: "HS256", State: "the token", Balance: RoundRobin, Peer: "token-hs256",
		Caveats: []string{what + "; it lacks: checks of " + less + ", refresh tokens that rotate"},
	}
}
