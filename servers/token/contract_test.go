package token

import (
	"encoding/base64"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/api/apitest"
)

// row is what the rows have in common: a scheme with the defaults of its flags, and a key of its own.
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

func TestContract(t *testing.T) { apitest.Run(t, row(t, "token-hs256", "HS256")) }

func TestContractRS256(t *testing.T) { apitest.Run(t, row(t, "token-rs256", "RS256")) }

func TestContractES256(t *testing.T) { apitest.Run(t, row(t, "token-es256", "ES256")) }

func TestContractEdDSA(t *testing.T) { apitest.Run(t, row(t, "token-eddsa", "EdDSA")) }

// TestContractRemembered is a row whose tokens are remembered once they are verified, which must change nothing.
func TestContractRemembered(t *testing.T) {
	s := row(t, "token-eddsa", "EdDSA")
	s.Args = append(s.Args, "--verified-cache=1000")
	apitest.Run(t, s)
}
