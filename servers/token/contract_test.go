package token

import (
	"encoding/base64"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/api"
	"authlab/servers/api/apitest"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stored/mini"
)

// row is what the schemes have in common: the default flags, and a key of its own.
func row(t *testing.T, name, alg string) apitest.Scheme {
	text := goodHex
	if p, ok := pairsByName[alg]; ok {
		text = made(t, p)
	}
	path := keyFile(t, text, 0o600)
	keys, err := readKeys(path, algorithms[alg])
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.Scheme{
		Name: name, Carrier: apitest.Bearer, New: func() api.Scheme { return NewScheme() },
		Args: []string{"--key-file=" + path, "--alg=" + alg}, Lists: true,
		Within: 15*time.Minute + 30*time.Second, Idle: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
		Grace: 10 * time.Second,
		Sign:  func(header, payload string) string { return forgeAs(alg, keys[0], header, payload) },
	}
	if alg != "HS256" {
		s.WeakKeys = weakPairs(t, alg)
	}
	return s
}

// forgeAs signs any header and payload under an algorithm.
func forgeAs(alg string, k key, header, payload string) string {
	b64 := base64.RawURLEncoding
	signed := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	signature, err := algorithms[alg].method.Sign(signed, k.signs)
	if err != nil {
		panic(err)
	}
	return signed + "." + b64.EncodeToString(signature)
}

func TestContract(t *testing.T) {
	s := row(t, "token-hs256", "HS256")
	// The schemes do not differ in these; nor, in R19, from session-redis.
	s.Whole, s.Server = []string{"R23"}, true
	apitest.Run(t, s)
}

func TestContractRS256(t *testing.T) {
	longtest.Only(t)
	apitest.RunVariant(t, row(t, "token-rs256", "RS256"))
}

func TestContractES256(t *testing.T) {
	longtest.Only(t)
	apitest.RunVariant(t, row(t, "token-es256", "ES256"))
}

func TestContractEdDSA(t *testing.T) {
	longtest.Only(t)
	apitest.RunVariant(t, row(t, "token-eddsa", "EdDSA"))
}

// TestContractRemembered is a scheme that caches verified tokens, which must change nothing. Without the build tag long
// it is the one with a pair of keys.
func TestContractRemembered(t *testing.T) {
	s := row(t, "token-eddsa", "EdDSA")
	s.Args = append(s.Args, "--verified-cache=1000")
	apitest.RunVariant(t, s)
}

// TestContractCookie is a scheme whose token travels in a cookie that scripts cannot read.
func TestContractCookie(t *testing.T) {
	s := row(t, "token-cookie", "HS256")
	s.Args, s.Carrier = append(s.Args, "--carrier=cookie"), apitest.Cookie
	apitest.RunVariant(t, s)
}

// listed is a scheme with a list in Redis that can revoke tokens at once.
func listed(t *testing.T, redis string) apitest.Scheme {
	s := row(t, "token-denylist", "HS256")
	s.Args = append(s.Args, "--revocation=denylist", "--redis="+redis, "--redis-timeout=1s")
	s.Life, s.Within = s.Within, 0
	return s
}

// TestContractDenylist has a store that hangs: its port accepts connections but never answers.
func TestContractDenylist(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	s := listed(t, server.URL())
	s.Advance, s.StopStore, s.StartStore = server.Age, server.Pause, server.Resume
	s.Whole = []string{"R23"} // its connections to the store could mix answers up, too
	apitest.Run(t, s)
}

// TestContractDenylistMiniredis uses the lab's own store, which stops: its port refuses connections. Cached tokens are
// looked up like any other.
func TestContractDenylistMiniredis(t *testing.T) {
	m := storetest.Mini(t)
	s := listed(t, "redis://"+m.Addr())
	s.Args = append(s.Args, "--verified-cache=1000")
	s.Advance, s.StopStore, s.StartStore = m.FastForward, func() { mini.Stop(m) }, func() {
		if err := m.Restart(); err != nil {
			t.Error(err)
		}
	}
	apitest.Run(t, s)
}

// followed is a scheme whose replicas follow a list in Redis.
func followed(t *testing.T, redis string) apitest.Scheme {
	s := row(t, "token-push", "HS256")
	s.Args = append(s.Args, "--revocation=push", "--redis="+redis, "--redis-timeout=1s")
	s.Life, s.Within, s.Pushed = s.Within, pushWithin, true
	return s
}

// TestContractPush has a store that hangs.
func TestContractPush(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	s := followed(t, server.URL())
	s.Advance, s.StopStore, s.StartStore = server.Age, server.Pause, server.Resume
	apitest.Run(t, s)
}

// TestContractPushMiniredis uses the lab's own store, which answers with errors.
func TestContractPushMiniredis(t *testing.T) {
	longtest.Only(t)
	m := storetest.Mini(t)
	s := followed(t, "redis://"+m.Addr())
	s.Advance = m.FastForward
	s.StopStore, s.StartStore = func() { m.SetError("LOADING not yet") }, func() { m.SetError("") }
	apitest.RunVariant(t, s)
}
