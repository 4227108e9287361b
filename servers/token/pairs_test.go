package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/api"
)

// inPEM writes a private key the way openssl genpkey does.
func inPEM(t testing.TB, private any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
}

// made is a key of a pair, in PEM.
func made(t testing.TB, p pair) string {
	t.Helper()
	private, err := p.generate()
	if err != nil {
		t.Fatal(err)
	}
	return inPEM(t, private)
}

var pairsByName = map[string]pair{"RS256": rs256, "ES256": es256, "EdDSA": eddsa}

// others are well-formed keys, each of which is unsuitable for most algorithms. They are made once, because an RSA key
// takes tenths of a second.
var others = sync.OnceValues(func() (keys map[string]any, err error) {
	keys = map[string]any{}
	for name, p := range pairsByName {
		if keys["of "+name], err = p.generate(); err != nil {
			return nil, err
		}
	}
	if keys["of 1024 bits"], err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
		return nil, err
	}
	keys["on the curve P-384"], err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	return keys, err
})

// weakPairs are well-formed but unsuitable keys, by what the error says of them.
func weakPairs(t testing.TB, name string) map[string]string {
	t.Helper()
	keys, err := others()
	if err != nil {
		t.Fatal(err)
	}
	weak := map[string]string{}
	for what, key := range keys {
		if what != "of "+name {
			weak[what] = inPEM(t, key)
		}
	}
	p384 := keys["on the curve P-384"].(*ecdsa.PrivateKey)
	for what, file := range falseKeys(t) {
		weak[what] = file
	}
	public, err := x509.MarshalPKIXPublicKey(&p384.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	weak["public"] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	return weak
}

func TestPairFiles(t *testing.T) {
	for name, p := range pairsByName {
		good, other := made(t, p), made(t, p)
		keys, err := readKeys(keyFile(t, good+"\n"+other, 0o600), algorithms[name])
		if err != nil || len(keys) != 2 || keys[0].id == keys[1].id {
			t.Fatalf("%s: %v, %v", name, keys, err)
		}
		again, err := readKeys(keyFile(t, good, 0o600), algorithms[name])
		if err != nil || again[0].id != keys[0].id || string(again[0].refresh) != string(keys[0].refresh) {
			t.Errorf("%s: the same file gives another key: %v", name, err)
		}
		bad := weakPairs(t, name)
		for what, file := range map[string]string{
			"empty":               "",
			"text before":         "key:\n" + good,
			"text behind":         good + "x",
			"a broken one before": "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n" + good,
			"twice":               good + good,
			"cut":                 good[:len(good)/2],
			"a second one of 0s":  good + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
			"a secret":            goodHex,
		} {
			bad[what] = file
		}
		for what, file := range bad {
			_, err := readKeys(keyFile(t, file, 0o600), algorithms[name])
			if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), good[60:80]) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

// TestPairsSign: a key's signature verifies with it, with its claims complete, and with no other key of any algorithm.
// The published set holds nothing of the private half.
func TestPairsSign(t *testing.T) {
	for name := range algorithms {
		alg := algorithms[name]
		k, stranger := alg.random(), alg.random()
		v := newVerifier(alg, []key{stranger, k}, "authlab", "authlab-api", leeway, func() time.Time { return noon })
		signer := newVerifier(alg, []key{k}, "authlab", "authlab-api", leeway, v.now)
		raw, err := signer.sign(signer.about(alice, device.id, noon, noon.Add(time.Minute)))
		if err != nil {
			t.Fatal(name, err)
		}
		c, err := v.verify(raw)
		if err != nil || c.Subject != alice.ID {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		// Another server's key under the name of the valid one: the name decides nothing.
		stranger.id = k.id
		other := newVerifier(alg, []key{stranger}, "authlab", "authlab-api", leeway, v.now)
		if _, err := other.verify(raw); !errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%s: verified by another key: %v", name, err)
		}
		for other := range algorithms {
			if other == name {
				continue
			}
			wrong := newVerifier(algorithms[other], []key{k}, "authlab", "authlab-api", leeway, v.now)
			if _, err := wrong.verify(raw); !errors.Is(err, api.ErrUnauthenticated) {
				t.Errorf("a token of %s under %s: %v", name, other, err)
			}
		}
	}
}

func TestPublished(t *testing.T) {
	if set := jwks([]key{first}, algorithms["HS256"]); set != nil {
		t.Errorf("a secret is published: %s", set)
	}
	for name, p := range pairsByName {
		private, err := p.generate()
		if err != nil {
			t.Fatal(err)
		}
		k, err := p.key(private)
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []map[string]string }
		if err := json.Unmarshal(jwks([]key{k, algorithms[name].random()}, algorithms[name]), &set); err != nil {
			t.Fatal(err)
		}
		if len(set.Keys) != 2 || set.Keys[0]["kid"] != k.id || set.Keys[0]["alg"] != name || set.Keys[0]["use"] != "sig" {
			t.Errorf("%s: %v", name, set)
		}
		for _, published := range set.Keys {
			for member := range published {
				if !strings.Contains(" alg crv e kid kty n use x y ", " "+member+" ") {
					t.Errorf("%s publishes %s", name, member)
				}
			}
		}
	}
}

// TestThumbprint is the example of RFC 7638 section 3.1.
func TestThumbprint(t *testing.T) {
	k := jwk{
		Type: "RSA", Exponent: "AQAB",
		Modulus: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF" +
			"V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c" +
			"7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF" +
			"44-csFCur-kEgU8awapJzKnqDKgw",
	}
	if got := k.thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Error(got)
	}
}
