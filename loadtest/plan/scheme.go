package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Guarantee is when a revoked credential stops working everywhere. Schemes are compared within a guarantee: a token
// that cannot be revoked and a session that can are two different products.
type Guarantee string

// The guarantees.
const (
	NoGuarantee     Guarantee = "none"
	AtOnce          Guarantee = "at once"
	AtOnceOnReplica Guarantee = "at once, on one replica"
	WithinPush      Guarantee = "within push delay" // bounded by the scheme's Push
	AtExpiry        Guarantee = "at expiry"
)

// Carrier is how a credential travels.
type Carrier string

// The carriers.
const (
	ByName   Carrier = "name"   // Authlab-User, taken on trust: the control
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

// Scheme is one entry of the comparison: a way to remember users, its guarantee, and its needs.
type Scheme struct {
	Name      string
	Server    string   // the program: sessiond, tokend, controld
	Flags     []string // the program's flags for this scheme; {store} stands for the store's URL
	Carrier   Carrier
	Guarantee Guarantee
	Push      time.Duration // with WithinPush: how long an ended login may still work on other replicas
	Alg       string        // the signature algorithm of access tokens, {alg} in Flags; empty without tokens
	// OldKeys is how many older signing keys are still accepted: a token names its key.
	OldKeys int
	// Sealed means that the entire session is in the cookie, encrypted under a key that all replicas hold.
	Sealed bool
	State  string // where the login state is, in words
	Store  bool   // the scheme needs a session store
	// Postgres means that the store is PostgreSQL and not Redis.
	Postgres bool
	// Tracking means that the store must notify its clients of changes (CLIENT TRACKING of Redis 6), which stored cannot
	// do.
	Tracking bool
	// StoreOps is how many commands GET /v1/me sends to the store, by the scheme's design.
	StoreOps float64
	// StoreSlack is how many commands per request the scheme may differ from StoreOps, where chance decides.
	StoreSlack float64
	// Background is how many commands a second a replica sends to the store outside of requests. With Redis that is six at
	// least: what time is it, are you still the master, and, whenever the balancer checks, may I write?
	Background float64
	// Shown is how often each login is shown to every replica before the measurement: a replica needs no store lookup for
	// a login that it has seen. It is 0 where this makes no difference.
	Shown   int
	Balance Balance
	// PerReplica means that a login lives on the replica that created it. Users then sign in again for each cluster size.
	PerReplica bool
	// LosesLogins means that with N replicas a share of 1 - 1/N of the requests is expected to be answered 401.
	LosesLogins bool
	// DemandAs names the scheme whose demand cell this scheme shares. On one replica both are the same program with the
	// same flags, so the cell is not measured twice.
	DemandAs string
	// Of names the scheme whose servers these are, under the circumstance that the name has after a +; else it is empty.
	Of string
	// StoreDelay is by how much the round trip between a replica and the store is longer than this machine's own.
	StoreDelay time.Duration
	// Identities are the users who come.
	Identities Identities
	// MissOps is how many commands a request sends to the store that does not find its session in the replica's cache;
	// 0 for a scheme whose cache has room for all.
	MissOps float64
	// StoreCores is the budget of the store's machine; Auto: as the plan says.
	StoreCores Budget
	// Peer names the scheme that this one, built with a third-party library, is compared with.
	Peer    string
	Caveats []string
}

// room lists the flags that bound how many logins a replica remembers.
var room = []string{"--session-max=", "--near-max=", "--verified-cache="}

// Room returns how many logins a replica of the scheme remembers at most; 0 where no flag bounds it.
func (s Scheme) Room() int {
	n := 0
	for _, flag := range s.Flags { // the last flag wins
		for _, bound := range room {
			if value, ok := strings.CutPrefix(flag, bound); ok {
				n, _ = strconv.Atoi(value) // the values are those of the tables in this package
			}
		}
	}
	return n
}

// Control authenticates no user: overheads are relative to it. Twin is its A/A control, which shows the noise.
const (
	Control = "control"
	Twin    = "control-again"
)

// Leeway is how far the clocks of replicas may differ: servers accept an expired token for this much longer.
const Leeway = 30 * time.Second

// Tolerates returns how long the scheme's servers accept a token after its expiry.
func (s Scheme) Tolerates() time.Duration {
	if slices.ContainsFunc(s.Flags, func(flag string) bool { return strings.Contains(flag, "{leeway}") }) {
		return Leeway
	}
	return 0
}

// tokenFlags are the flags of tokend that every scheme sets.
var tokenFlags = []string{"--alg={alg}", "--access-ttl={plan}", "--leeway={leeway}"}

// works is the caveat of every token that cannot be revoked.
const works = "a stolen or revoked access token works until it expires"

// Schemes is the table of the schemes that are compared.
var Schemes = []Scheme{
	{
		Name: Control, Server: "controld", Carrier: ByName, Guarantee: NoGuarantee, State: "nowhere", Balance: RoundRobin,
		Caveats: []string{"authenticates no user: the baseline, not a choice"},
	},
	{
		Name: Twin, Server: "controld", Carrier: ByName, Guarantee: NoGuarantee, State: "nowhere", Balance: RoundRobin,
		Caveats: []string{"the same program as control: whatever differs between the two is noise"},
	},
	{
		Name: "session-memory", Server: "sessiond", Carrier: ByCookie,
		Flags:     []string{"--store=memory", "--session-max=1000000"},
		Guarantee: AtOnceOnReplica, State: "the replica's memory", Balance: RoundRobin, PerReplica: true, LosesLogins: true,
		Caveats: []string{"behind more than one replica most requests meet a replica that does not know the session"},
	},
	{
		Name: "session-sticky", Server: "sessiond", Carrier: ByCookie,
		Flags:     []string{"--store=memory", "--session-max=1000000"},
		Guarantee: AtOnce, State: "the replica's memory", Balance: Sticky, PerReplica: true, DemandAs: "session-memory",
		Caveats: []string{"a lost replica loses its logins", "load follows users, not capacity"},
	},
	{
		Name: "session-redis", Server: "sessiond", Flags: []string{"--store=redis", "--redis={store}"}, Carrier: ByCookie,
		Guarantee: AtOnce, State: "Redis", Store: true, StoreOps: 1, Background: 6, Balance: RoundRobin,
		Caveats: []string{"every request asks the store: it is a part that all replicas share"},
	},
	{
		Name: "session-near", Server: "sessiond", Carrier: ByCookie,
		Flags: []string{
			"--store=near", "--near-max=100000", "--redis={store}",
			"--session-idle={plan}", "--session-throttle={plan}", "--session-absolute={plan}",
		},
		Guarantee: WithinPush, Push: time.Second, State: "Redis, and a cache in every replica",
		Store: true, Tracking: true, Background: 10, Shown: 1, Balance: RoundRobin,
		Caveats: []string{
			"a replica that does not hear from Redis for a second asks it for every request until it does",
			"not measured: a replica asks Redis when it first sees a session, when a session changes, " +
				"and once per tenth of the idle lifetime",
		},
	},
	{
		Name: "session-postgres", Server: "sessiond", Carrier: ByCookie,
		Flags:     []string{"--store=postgres", "--postgres={store}"},
		Guarantee: AtOnce, State: "PostgreSQL", Store: true, Postgres: true, StoreOps: 1, Background: 1, Balance: RoundRobin,
		Caveats: []string{
			"every request writes a row: it is a part that all replicas share",
			"not measured: waiting for the disk; neither PostgreSQL nor Redis does so here",
		},
	},
	{
		Name: "session-cookie", Server: "sessiond", Carrier: ByCookie,
		// The idle lifetime is longer than the plan, so that no cookie is renewed during the measurement.
		Flags:     []string{"--store=cookie", "--session-idle={plan}", "--session-absolute={plan}"},
		Guarantee: AtExpiry, Sealed: true, State: "sealed in the cookie", Balance: RoundRobin,
		Caveats: []string{
			"a logout clears the cookie of that client only: " +
				"a copy works until the session's absolute expiry, because a sealed session cannot be revoked",
			"every replica holds the sealing key",
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
		Caveats: []string{works, "a verifier cannot sign; 2048 bits: costly to sign, cheap to verify, long tokens"},
	},
	{
		Name: "token-es256", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "ES256", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "a verifier cannot sign; P-256: cheap to sign, costly to verify"},
	},
	{
		Name: "token-eddsa", Server: "tokend", Flags: tokenFlags, Carrier: ByBearer,
		Guarantee: AtExpiry, Alg: "EdDSA", State: "the token", Balance: RoundRobin,
		Caveats: []string{works, "a verifier cannot sign; Ed25519: cheap to sign, costly to verify"},
	},
	{
		Name: "token-denylist", Server: "tokend", Carrier: ByBearer,
		Flags:     slices.Concat(tokenFlags, []string{"--revocation=denylist", "--redis={store}"}),
		Guarantee: AtOnce, Alg: "HS256", State: "the token, and the revocations in Redis", Store: true, StoreOps: 2,
		StoreSlack: 1,                       // in the committed run of all schemes it was one command, MGET
		Background: 10, Balance: RoundRobin, // and once a second, in four commands: what did you drop?
		Caveats: []string{
			"every request asks the store: it is a part that all replicas share",
			"when the store is flushed or drops keys, ended logins are accepted for up to a second",
		},
	},
	{
		Name: "token-push", Server: "tokend", Carrier: ByBearer,
		Flags:     slices.Concat(tokenFlags, []string{"--revocation=push", "--redis={store}"}),
		Guarantee: WithinPush, Push: time.Second, Alg: "HS256", State: "the token, and the revocations in every replica",
		Store: true, Balance: RoundRobin,
		// Four times a second: are there new revocations, is the last known one still there? And what all ask.
		Background: 14,
		Caveats: []string{
			"a replica that does not hear of revocations for a second answers 503 until it does",
			"after the store has come back empty, a changed role is kept only while a replica that knew it runs",
		},
	},
	{
		Name: "token-cookie", Server: "tokend", Carrier: ByCookie,
		Flags:     slices.Concat(tokenFlags, []string{"--carrier=cookie"}),
		Guarantee: AtExpiry, Alg: "HS256", State: "the token, in a cookie", Balance: RoundRobin,
		Caveats: []string{
			works,
			"scripts cannot read the cookie, but requests from other sites carry it too: " +
				"the server checks the origin of every write",
			"every replica holds the signing key",
		},
	},
}

// SchemeNamed finds a scheme in Schemes, Options or Peers, under the circumstance that its name may end with. Its error
// lists the names of Schemes, or says what is wrong with the circumstance.
func SchemeNamed(name string) (Scheme, error) {
	if of, circumstance, ok := strings.Cut(name, "+"); ok {
		s, err := SchemeNamed(of)
		if err == nil {
			s, err = s.under(circumstance)
		}
		return s, err
	}
	for _, list := range [][]Scheme{Schemes, Options, Peers} { // asked for every slice, so nothing is copied
		if i := slices.IndexFunc(list, func(s Scheme) bool { return s.Name == name }); i >= 0 {
			return list[i], nil
		}
	}
	var names []string
	for _, s := range Schemes {
		names = append(names, s.Name)
	}
	return Scheme{}, fmt.Errorf("there is no scheme %q; the schemes are %s", name, list(names))
}
