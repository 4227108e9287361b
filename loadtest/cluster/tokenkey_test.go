package cluster

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"authlab/loadtest/plan"
)

// TestTokenKeys makes a key for every scheme that signs: golang-jwt accepts it, and the file holds the same key.
func TestTokenKeys(t *testing.T) {
	for _, scheme := range plan.Schemes {
		if scheme.Alg == "" {
			continue
		}
		t.Run(scheme.Name, func(t *testing.T) {
			key, text, err := newTokenKey(scheme.Alg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jwt.New(jwt.GetSigningMethod(scheme.Alg)).SignedString(key); err != nil {
				t.Error(err)
			}
			var filed any
			if block, _ := pem.Decode([]byte(text)); block != nil {
				filed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
			} else {
				filed, err = hex.DecodeString(strings.TrimSpace(text))
			}
			if err != nil || !reflect.DeepEqual(filed, key) {
				t.Errorf("the file holds another key: %v", err)
			}
		})
	}
	key, texts, err := newTokenKeys("EdDSA", 7)
	if err != nil {
		t.Fatal(err)
	}
	first, rest := pem.Decode([]byte(strings.Join(texts, "")))
	if filed, err := x509.ParsePKCS8PrivateKey(first.Bytes); err != nil || !reflect.DeepEqual(filed, key) {
		t.Errorf("the signing key is not the first of the file: %v", err)
	}
	if old := strings.Count(string(rest), "BEGIN PRIVATE KEY"); old != 7 {
		t.Errorf("%d old keys, want 7", old)
	}
	if _, _, err := newTokenKey("none"); err == nil {
		t.Error("a key was made for the algorithm none")
	}
}
