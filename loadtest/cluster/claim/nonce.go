package claim

import (
	"crypto/rand"
	"encoding/hex"
)

// Prefix begins the names of what a lab makes on the machine; the lab's nonce follows.
const Prefix = "authlab-"

// NewNonce names a new lab: 16 random hexadecimal digits.
func NewNonce() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// IsNonce reports whether a text may be a lab's nonce.
func IsNonce(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 8
}
