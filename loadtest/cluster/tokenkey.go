package cluster

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
)

// newTokenKeys makes a signing key, and what servers find in their file of keys: it, ahead of the keys that signed
// earlier.
func newTokenKeys(alg string, old int) (key any, texts []string, err error) {
	key, text, err := newTokenKey(alg)
	texts = []string{text}
	for range old {
		if err == nil {
			_, text, err = newTokenKey(alg)
			texts = append(texts, text)
		}
	}
	return key, texts, err
}

// newTokenKey makes a key for an algorithm of RFC 7518 or RFC 8037. It returns the key as golang-jwt signs with it, and
// the text that servers read from a file: secrets in hexadecimal, private keys in PEM (PKCS #8).
func newTokenKey(alg string) (key any, text string, err error) {
	switch alg {
	case "HS256":
		secret := make([]byte, 32)
		rand.Read(secret)
		return secret, hex.EncodeToString(secret) + "\n", nil
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, "", fmt.Errorf("cannot make a key for the algorithm %q", alg)
	}
	if err != nil {
		return nil, "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
}

// newSealingKey makes a key that seals sessions, and the text of its file: 32 bytes for the hash and 32 for the cipher,
// in hexadecimal.
func newSealingKey() (key []byte, text string) {
	key = make([]byte, 64)
	rand.Read(key)
	return key, hex.EncodeToString(key) + "\n"
}
