package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"

	"github.com/golang-jwt/jwt/v5"

	"authlab/keyfile"
)

// algorithm is a way to sign. A key belongs to exactly one, so that no token chooses how it is verified.
type algorithm struct {
	method  jwt.SigningMethod
	keys    func(file io.Reader) ([]key, error)
	random  func() key
	command string // the command that makes a key
}

// algorithms are those that --alg knows.
var algorithms = map[string]algorithm{
	"HS256": {method: jwt.SigningMethodHS256, keys: secrets, random: randomSecret, command: "openssl rand -hex 32"},
	"RS256": rs256.algorithm(), "ES256": es256.algorithm(), "EdDSA": eddsa.algorithm(),
}

// key signs and verifies under one algorithm.
type key struct {
	id        string // kid: a hash of the key, the same on every replica
	signs     any    // as golang-jwt wants it: for HMAC the secret, as verifies
	verifies  any
	macs      *macs  // verifies instead; nil unless for HMAC
	signature int    // bytes of a signature
	public    *jwk   // the half that may be published, nil for a secret
	refresh   []byte // authenticates refresh tokens: derived, so that neither key can stand in for the other
}

// verified reports whether signature is k's of text.
func (a algorithm) verified(k key, text string, signature []byte) bool {
	if k.macs != nil {
		return k.macs.verify(text, signature)
	}
	return a.method.Verify(text, signature, k.verifies) == nil
}

const minSecret = 32 // bytes, RFC 7518 section 3.2

func secretKey(secret []byte) key {
	id := base64.RawURLEncoding.EncodeToString(derive(secret, "authlab key id")[:8])
	return key{
		id: id, signs: secret, verifies: secret, macs: newMacs(secret), signature: sha256.Size,
		refresh: derive(secret, "authlab refresh token"),
	}
}

func derive(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

func randomSecret() key {
	secret := make([]byte, minSecret)
	rand.Read(secret) // never fails
	return secretKey(secret)
}

// secrets reads HMAC keys, one a line in hexadecimal.
func secrets(file io.Reader) ([]key, error) {
	lines, err := keyfile.Secrets(file, minSecret, "openssl rand -hex 32")
	keys := make([]key, len(lines))
	for i, secret := range lines {
		keys[i] = secretKey(secret)
	}
	return keys, err
}

// readKeys reads the keys of a file that only its owner may read. The first signs, all verify. To replace a key, put
// the new one after it on every replica, then before it. Remove the old one when the last token signed with it has
// expired.
func readKeys(path string, a algorithm) ([]key, error) {
	file, err := keyfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return a.keys(file)
}
