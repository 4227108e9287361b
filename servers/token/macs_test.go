package token

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// TestMacs: many goroutines at once verify what golang-jwt has signed, and nothing else.
func TestMacs(t *testing.T) {
	secret := []byte("a secret of thirty-two bytes....")
	m, other := newMacs(secret), newMacs(bytes.ToUpper(secret))
	var all sync.WaitGroup
	for seed := range uint64(8) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 200 {
				text := string(bytes.Repeat([]byte{byte('a' + r.IntN(26))}, r.IntN(600)))
				signature, err := jwt.SigningMethodHS256.Sign(text, secret)
				if err != nil {
					t.Error(err)
				}
				if !m.verify(text, signature) {
					t.Errorf("%q is refused", text)
				}
				if other.verify(text, signature) || m.verify(text+"x", signature) || m.verify(text, signature[1:]) ||
					m.verify(text, nil) {
					t.Errorf("%q is accepted with another key, text or signature", text)
				}
				signature[r.IntN(len(signature))] ^= 1 << r.IntN(8)
				if m.verify(text, signature) {
					t.Errorf("%q is accepted with a changed signature", text)
				}
			}
		})
	}
	all.Wait()
}
