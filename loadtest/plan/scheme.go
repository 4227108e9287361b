package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Guarantee is when a credential that was ended stops working everywhere. Rows are compared within a guarantee: a
// token that cannot be revoked and a session that can are two products.
type Guarantee string

// The guarantees.
const (
	NoGuarantee     Guarantee = "none"
	AtOnce          Guarantee = "at once"
	AtOnceOnReplica Guarantee = "at once, on one replica"
	WithinPush      Guarantee = "within push delay" // which the row's Push bounds
	AtExpiry        Guarantee = "at expiry"
)

// Carrier is how a credential travels.
type Carrier string

// The carriers.
const (
	ByName   Carrier = "name"   // Authlab-User, believed: the control
	ByCookie Carrier = "cookie" // Cookie
	ByBearer Carrier = "bearer" // Authorization: Bearer
)

// Balance is how a load balancer picks a replica.
type Balance string

// The ways to balance.
const (
	RoundRobin Balance = "round-robin"
	Sticky     Balance = "sticky"
	LeastConn  Balance = "least-connections"
)

// Scheme is one row of the comparison: a way to remember users, what it promises, and what it needs.
type Scheme struct {
	Name      string
	Server    string   // the program: sessiond, tokend, controld
	Flags     []string // the program's flags for this row; {store} stands for the store's URL
	Carrier   Carrier
	Guarantee Guarantee
	Push      time.Duration // of WithinPush: how long an ended login may go on elsewhere
	Alg       string        // how access tokens are signed, {alg} in Flags; empty where there are none
	// OldKeys is how many keys that signed earlier are still honoured: a token says which is its own.
	OldKeys int
	// Sealed says that the whole session is in the cookie, under a key that all replicas hold.
	Sealed bool
	State  string // where the login lives, in words
	Store  bool   // needs a session store
	// Postgres says that the store is PostgreSQL and not Redis.
	Postgres bool
	// Tracking says that the store must tell its clients what has changed (CLIENT TRACKING of Redis 6), as stored cannot.
	Tracking bool
	// StoreOps is how many commands GET /v1/me sends the store, by the row's design.
	StoreOps float64
	// StoreSlack is by how many times a request the row may differ from StoreOps, where chance decides.
	StoreSlack float64
	// Background is how often a replica asks the store without a request's asking, each second.
	Background float64
	// Shown is how often each login is shown to every replica before anything is measured: a replica does without the store for a
	// login that it has seen. 0 where it makes no difference.
	Shown   int
	Balance Balance
	// PerReplica says that a login lives on the replica that made it. Users then sign in anew for each cluster size.
	PerReplica bool
	// LosesLogins says that requests beyond the first replica are expected to be answered 401, a share of 1 - 1/N.
	LosesLogins bool
	// DemandAs names the row whose demand cell is this row's too, because on one replica they are the same program
	// with the same flags; it is not measured twice.
	DemandAs string
	// Peer names the row that this one, made with somebody else's library, is measured beside.
	Peer    string
	Caveats []string
}

// room are the flags that bound how many logins a replica remembers.
var room = []string{"--session-max=", "--near-max=", "--verified-cache="}

// Room is how many logins a replica of the row remembers at most; 0 where nothing of it is bounded by a flag.
func (s Scheme) Room() int {
	n := 0
	for _, flag := range s.Flags { // the last one holds
		for _, bound := range room {
			if value, ok := strings.CutPrefix(flag, bound); ok {
				n, _ = strconv.Atoi(value) // the table's own
			}
		}
	}
	return n
}

// Control is the row that every cost is measured from, and its twin that shows the noise floor (A/A).
const (
	Control = "control"
	Twin    = "control-again"
)

// Leeway is how far the clocks of replicas may be apart: an expired token is taken for so much longer.
const Leeway = 30 * time.Second

// Tolerates is for how long the row's servers take a token beyond its end.
func (s Scheme) Tolerates() time.Duration {
	if slices.ContainsFunc(s.Flags, func(flag string) bool { return strings.Contains(flag, "{leeway}") }) {
		return Leeway
	}
	return 0
}

// tokenFlags are tokend's for every row.
var tokenFlags = []string{"--alg={alg}", "--access-ttl={plan}", "--leeway={leeway}"}

// works is the caveat of every token that nobody can revoke.
const works = "a stolen or revoked access token works until it expires"

// Schemes is the table of rows.
var Schemes = []Scheme{
	{
		Name: Control, Server: "controld", Carrier: ByName, Guarantee: NoGuarantee, State: "nowhere", Balance: RoundRobin,
		Caveats: []string{"authenticates nobody: the floor, not a choice"},
	},
	{
		Name: Twin, Server: "controld", Carrier: ByName, Guarantee: NoGuarantee, State: "nowhere", Balance: RoundRobin,
		Caveats: []string{"the same program as control: whatever differs between the two is noise"},
	},
	{
		Name: "session-memory", Server: "sessiond", Flags: []string{"--store=memory", "--session-max=1000000"}, Carrier: ByCookie,
		Guarantee: AtOnceOnReplica, State: "the replica's memory", Balance: RoundRobin, PerReplica: true, LosesLogins: true,
		Caveats: []string{"behind more than one replica most requests meet a replica that does not know the session"},
	},
	{
		Name: "session-sticky", Server: "sessiond", Flags: []string{"--store=memory", "--session-max=1000000"}, Carrier: ByCookie,
		Guarantee: AtOnce, State: "the replica's memory", Balance: Sticky, PerReplica: true, DemandAs: "session-memory",
		Caveats: []string{"a lost replica loses its logins", "load follows users, not capacity"},
	},
	{
		Name: "session-redis", Server: "sessiond", Flags: []string{"--store=redis", "--redis={store}"}, Carrier: ByCookie,
		Guarantee: AtOnce, State: "Redis", Store: true, StoreOps: 1, Balance: RoundRobin,
		Caveats: []string{"every request asks the store: it is a part that all replicas share"},
	},
	{
		Name: "session-near", Server: "sessiond", Carrier: ByCookie,
		Flags:     []string{"--store=near", "--near-max=100000", "--redis={store}", "--session-idle={plan}", "--session-throttle={plan}", "--session-absolute={plan}"},
		Guarantee: WithinPush, Push: time.Second, State: "Redis, and in every replica what it has seen of it", Store: true, Tracking: true,
		Background: 4, Shown: 1, Balance: RoundRobin,
		Caveats: []string{
			"a replica that does not hear from Redis for a second asks it for every request until it does",
			"left out here: a replica asks Redis when it first sees a session, when one changes, and once in a tenth of its idle lifetime",
		},
	},
	{
		Name: "session-postgres", Server: "sessiond", Carrier: ByCookie,
		Flags:     []string{"--store=postgres", "--postgres={store}"},
		Guarantee: AtOnce, State: "PostgreSQL", Store: true, Postgres: true, StoreOps: 1, Background: 1, Balance: RoundRobin,
		Caveats: []string{
			"every request writes a row: it is a part that all replicas share",
			"left out here: PostgreSQL does not wait for a disk, as Redis does not",
		},
	},
	{
		Name: "session-cookie", Server: "sessiond", Carrier: ByCookie,
		// Idle for longer than the plan, so that no cookie is set anew while it is measured.
		Flags:     []string{"--store=cookie", "--session-idle={plan}", "--session-absolute={plan}"},
		Guarantee: AtExpiry, Sealed: true, State: "sealed in the cookie", Balance: RoundRobin,
		Caveats: []string{
			"a logout clears the cookie of the client that asks: a copy works until the session's absolute end, for nobody can end it",
			"every replica holds the key that seals",
		},
	},
	{
		Name: "token-hs256", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "HS256", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "every replica holds the signing key"},
	},
	{
		Name: "token-rs256", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "RS256", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "whoever verifies cannot sign; 2048 bits: dear to sign, cheap to verify, long tokens"},
	},
	{
		Name: "token-es256", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "ES256", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "whoever verifies cannot sign; P-256: cheap to sign, dear to verify"},
	},
	{
		Name: "token-eddsa", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "EdDSA", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "whoever verifies cannot sign; Ed25519: cheap to sign, dear to verify"},
	},
	{
		Name: "token-denylist", Server: "tokend", Carrier: ByBearer,
		Flags:     slices.Concat(tokenFlags, []string{"--revocation=denylist", "--redis={store}"}),
		Guarantee: AtOnce, Alg: "HS256", State: "the token, and in Redis what was ended", Store: true, StoreOps: 2,
		StoreSlack: 1,                      // in the committed run of all rows it was one command, MGET
		Background: 2, Balance: RoundRobin, // the store's time, and what it may drop
		Caveats: []string{
			"every request asks the store: it is a part that all replicas share",
			"a store that comes back empty honours ended logins until their tokens expire",
		},
	},
	{
		Name: "token-push", Server: "tokend", Carrier: ByBearer,
		Flags:     slices.Concat(tokenFlags, []string{"--revocation=push", "--redis={store}"}),
		Guarantee: WithinPush, Push: time.Second, Alg: "HS256", State: "the token, and in every replica what was ended", Store: true,
		Background: 10, Balance: RoundRobin, // four times a second what is new, and what is there; and its time
		Caveats: []string{
			"a replica that does not hear of revocations for a second answers 503 until it does",
			"after the store came back empty, a changed role is known as long as one replica runs that knew it",
		},
	},
	{
		Name: "token-cookie", Server: "tokend", Flags: slices.Concat(tokenFlags, []string{"--carrier=cookie"}), Carrier: ByCookie,
		Guarantee: AtExpiry, Alg: "HS256", State: "the token, in a cookie", Balance: RoundRobin,
		Caveats: []string{
			works, "a cookie that scripts cannot read, so pages of other sites send it too: every write is checked for where it comes from",
			"every replica holds the signing key",
		},
	},
}

// SchemeNamed finds a row of Schemes, Options or Peers. Its error names the Schemes there are.
func SchemeNamed(name string) (Scheme, error) {
	for _, s := range slices.Concat(Schemes, Options, Peers) {
		if s.Name == name {
			return s, nil
		}
	}
	var names []string
	for _, s := range Schemes {
		names = append(names, s.Name)
	}
	return Scheme{}, fmt.Errorf("there is no scheme %q; the schemes are %s", name, list(names))
}
