package apitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// published is a JSON Web Key (RFC 7517) with all members that a public one may have.
type published struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Curve     string `json:"crv"`
	N, E      string
	X, Y      string
}

// publicKeys: where a scheme publishes keys, anyone can verify its tokens with them, and they are the same on every
// replica. No key is accepted as an HMAC secret, the mistake of a server that lets the token choose the algorithm.
func publicKeys(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	got, err := w.do(0, "GET", "/.well-known/jwks.json", nil, nil)
	if err != nil || got.StatusCode == http.StatusNotFound {
		return err // a secret has no public half
	}
	set, err := decoded[struct{ Keys []published }](got)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(set.Keys, func(k published) bool { return `"`+k.ID+`"` == string(t.heads["kid"]) })
	if at < 0 {
		return fmt.Errorf("the key that signs is not among those published: %s", got.body)
	}
	key, err := set.Keys[at].key()
	if err != nil {
		return err
	}
	strict := jwt.NewParser(jwt.WithValidMethods([]string{set.Keys[at].Algorithm}), jwt.WithTimeFunc(w.clock.Now))
	if _, err := strict.Parse(t.raw, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		return fmt.Errorf("the published key does not verify a token: %w", err)
	}
	for i := range w.urls {
		other, err := w.want(http.StatusOK, i, "GET", "/.well-known/jwks.json", nil, nil)
		if err != nil || string(other.body) != string(got.body) {
			return fmt.Errorf("replica %d publishes other keys: %w", i, err)
		}
	}
	return confused(t, set.Keys[at], key, got.body)
}

// confused signs with HMAC, using every form of the public key that an attacker may try as the secret.
func confused(t *token, k published, key crypto.PublicKey, body []byte) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	secrets := []string{string(der), text, strings.TrimSpace(text), string(body), k.N, k.X, k.X + k.Y}
	for _, member := range []string{k.N, k.X, k.Y} {
		raw, err := base64.RawURLEncoding.DecodeString(member)
		if err != nil {
			return err
		}
		secrets = append(secrets, string(raw))
	}
	var all []forgery
	for i, secret := range secrets {
		for _, alg := range []string{`"HS256"`, string(t.heads["alg"])} {
			forged := hs256(secret, object(changed(t.heads, "alg", alg)), t.payload)
			all = append(all, forgery{fmt.Sprintf("HMAC under form %d of the public key, alg %s", i, alg), forged})
		}
	}
	return t.refuse(all)
}

// key is the public key that k describes.
func (k published) key() (crypto.PublicKey, error) {
	var parts [4][]byte
	for i, text := range []string{k.N, k.E, k.X, k.Y} {
		var err error
		if parts[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return nil, err
		}
	}
	n, e, x, y := parts[0], parts[1], parts[2], parts[3]
	switch {
	case k.Use != "sig" || k.Algorithm == "":
		return nil, errors.New("a published key does not say what it is for")
	case k.Type == "RSA":
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	case k.Type == "EC" && k.Curve == "P-256" && len(x) == 32 && len(y) == 32:
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	case k.Type == "OKP" && k.Curve == "Ed25519" && len(x) == ed25519.PublicKeySize:
		return ed25519.PublicKey(x), nil
	}
	return nil, fmt.Errorf("a published key is of type %q and curve %q", k.Type, k.Curve)
}
