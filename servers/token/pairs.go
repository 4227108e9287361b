package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/golang-jwt/jwt/v5"

	"authlab/keyfile"
)

// pair is what differs between the algorithms that sign with one key and verify with another.
type pair struct {
	method   jwt.SigningMethod
	generate func() (crypto.Signer, error)
	public   func(private any) (jwk, error) // the error says what is wrong with a key
	command  string                         // what makes such a key in PEM
}

// The pairs of RFC 7518 and RFC 8037 that are worth comparing: slow to sign and quick to verify, the reverse, and quick
// at both.
var (
	rs256 = pair{
		jwt.SigningMethodRS256, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, minModulus) }, rsaPublic,
		"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
	}
	es256 = pair{
		jwt.SigningMethodES256,
		func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) },
		ecPublic, "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
	}
	eddsa = pair{
		jwt.SigningMethodEdDSA,
		func() (crypto.Signer, error) { _, k, err := ed25519.GenerateKey(rand.Reader); return k, err },
		edPublic, "openssl genpkey -algorithm ed25519",
	}
)

const (
	minModulus = 2048 // bits, RFC 7518 section 3.3
	// maxModulus keeps a login from signing for a second.
	maxModulus = 8192
)

func (p pair) algorithm() algorithm {
	return algorithm{
		method: p.method, command: p.command, keys: p.read,
		random: func() key {
			signer, err := p.generate()
			if err != nil {
				panic(err) // these keys are of sizes that the library makes
			}
			k, err := p.key(signer)
			if err != nil {
				panic(err)
			}
			return k
		},
	}
}

// jwk is a public key (RFC 7517, RFC 8037). It has no member that could hold a secret. Its members are in the order in
// which RFC 7638 hashes them.
type jwk struct {
	Curve    string `json:"crv,omitempty"`
	Exponent string `json:"e,omitempty"`
	Type     string `json:"kty"`
	Modulus  string `json:"n,omitempty"`
	X        string `json:"x,omitempty"`
	Y        string `json:"y,omitempty"`

	signature int // bytes of a signature
}

// thumbprint names a key by what it is (RFC 7638), so that replicas need not agree on names.
func (j jwk) thumbprint() string {
	text, _ := json.Marshal(j) // six texts: cannot fail
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func rsaPublic(private any) (jwk, error) {
	k, ok := private.(*rsa.PrivateKey)
	if !ok {
		return jwk{}, errors.New("is not an RSA key")
	}
	switch bits := k.N.BitLen(); {
	case bits < minModulus:
		return jwk{}, fmt.Errorf("has %d bits, and at least %d are needed", bits, minModulus)
	case bits > maxModulus:
		return jwk{}, fmt.Errorf("has %d bits, and at most %d are taken", bits, maxModulus)
	}
	if k.E <= 1<<16 || k.E%2 == 0 {
		return jwk{}, fmt.Errorf("has the public exponent %d, and only odd ones above 65536 are taken", k.E)
	}
	if len(k.Primes) != 2 {
		return jwk{}, fmt.Errorf("has %d primes, and exactly 2 are taken", len(k.Primes))
	}
	p, q := k.Primes[0], k.Primes[1]
	if apart := p.BitLen() - q.BitLen(); apart < -1 || apart > 1 || !p.ProbablyPrime(0) || !q.ProbablyPrime(0) {
		return jwk{}, errors.New("is not the product of two primes of the same size")
	}
	exponent := big.NewInt(int64(k.E)).Bytes()
	return jwk{Type: "RSA", Modulus: b64(k.N.Bytes()), Exponent: b64(exponent), signature: k.Size()}, nil
}

func ecPublic(private any) (jwk, error) {
	k, ok := private.(*ecdsa.PrivateKey)
	if !ok {
		return jwk{}, errors.New("is not an EC key")
	}
	if k.Curve != elliptic.P256() {
		return jwk{}, fmt.Errorf("is on the curve %s, and ES256 is P-256 and no other", k.Curve.Params().Name)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		return jwk{}, errors.New("is no point of its curve")
	}
	secret, err := k.Bytes()
	if err != nil {
		return jwk{}, errors.New("has a number that its curve does not have")
	}
	if why := keyfile.Weak(secret, len(secret)); why != "" {
		return jwk{}, errors.New(why)
	}
	return jwk{Type: "EC", Curve: "P-256", X: b64(point[1:33]), Y: b64(point[33:]), signature: 64}, nil
}

func edPublic(private any) (jwk, error) {
	k, ok := private.(ed25519.PrivateKey)
	if !ok {
		return jwk{}, errors.New("is not an Ed25519 key")
	}
	if why := keyfile.Weak(k.Seed(), ed25519.SeedSize); why != "" {
		return jwk{}, errors.New(why)
	}
	return jwk{Type: "OKP", Curve: "Ed25519", X: b64(k.Public().(ed25519.PublicKey)), signature: ed25519.SignatureSize},
		nil
}

// key makes a key of a private one. Refresh tokens are for this server alone, so they need no key pair: their key is
// derived.
func (p pair) key(private crypto.Signer) (key, error) {
	public, err := p.public(private)
	if err != nil {
		return key{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return key{}, errors.New("cannot be used")
	}
	return key{
		id: public.thumbprint(), signs: private, verifies: private.Public(), signature: public.signature, public: &public,
		refresh: derive(secret, "authlab refresh token"),
	}, nil
}

// pemType is the only accepted form of key, PKCS #8: it names the algorithm inside, for every algorithm alike.
const pemType = "PRIVATE KEY"

// mated checks that the public half in a key's text, if any, belongs to its private half: libraries ignore it.
func mated(der []byte, private crypto.Signer) error {
	var outer struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		Private    []byte
		Attributes asn1.RawValue  `asn1:"optional,tag:0"`
		Public     asn1.BitString `asn1:"optional,tag:1"`
	}
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil || len(rest) > 0 {
		return errors.New("is none that can be read")
	}
	told := [][]byte{outer.Public.RightAlign()}
	var public []byte
	switch k := private.(type) {
	case ed25519.PrivateKey:
		public = k.Public().(ed25519.PublicKey)
	case *ecdsa.PrivateKey:
		var inner struct {
			Version int
			Private []byte
			Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
			Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
		}
		if _, err := asn1.Unmarshal(outer.Private, &inner); err != nil {
			return errors.New("is none that can be read")
		}
		told = append(told, inner.Public.RightAlign())
		if public, err = k.PublicKey.Bytes(); err != nil {
			return errors.New("is no point of its curve")
		}
	default:
		return nil // reading an RSA key checks its numbers against each other
	}
	for _, t := range told {
		if len(t) > 0 && !bytes.Equal(t, public) {
			return errors.New("has a public half that is not of its private one")
		}
	}
	return nil
}

// read reads keys in PEM, one after the other. Errors count the keys and never show their content.
func (p pair) read(file io.Reader) ([]key, error) {
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	text = keyfile.Unmarked(text)
	var keys []key
	seen := map[string]bool{}
	for n := 1; ; n++ {
		if text = bytes.TrimSpace(text); len(text) == 0 {
			break
		}
		block, rest := pem.Decode(text)
		// pem.Decode skips to the next well-formed block; skipped text would go unnoticed.
		if block == nil || block.Type != pemType || !bytes.HasPrefix(text, []byte("-----BEGIN")) ||
			bytes.Count(text[:len(text)-len(rest)], []byte("-----BEGIN")) != 1 {
			return nil, fmt.Errorf("key %d is not PEM that begins with BEGIN %s (PKCS #8); `%s` makes one", n, pemType,
				p.command)
		}
		k, err := p.decode(block.Bytes)
		switch {
		case err != nil:
			return nil, fmt.Errorf("key %d %w; `%s` makes a good one", n, err, p.command)
		case seen[k.id]:
			return nil, fmt.Errorf("key %d repeats another", n)
		}
		seen[k.id] = true
		keys, text = append(keys, k), rest
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("it has no key; `%s` makes one", p.command)
	}
	return keys, nil
}

func (p pair) decode(der []byte) (key, error) {
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return key{}, errors.New("is none that can be read")
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return key{}, errors.New("cannot sign")
	}
	k, err := p.key(signer)
	if err == nil {
		err = mated(der, signer)
	}
	return k, err
}

// jwks is the JSON Web Key Set of keys, each with its one algorithm; nil if they are secrets.
func jwks(keys []key, a algorithm) []byte {
	type entry struct {
		jwk
		Algorithm string `json:"alg"`
		ID        string `json:"kid"`
		Use       string `json:"use"`
	}
	var set struct {
		Keys []entry `json:"keys"`
	}
	for _, k := range keys {
		if k.public != nil {
			set.Keys = append(set.Keys, entry{*k.public, a.method.Alg(), k.id, "sig"})
		}
	}
	if set.Keys == nil {
		return nil
	}
	text, _ := json.Marshal(set) // texts: cannot fail
	return text
}
