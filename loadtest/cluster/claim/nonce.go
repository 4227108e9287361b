package claim

import (
	"crypto/rand"
	"encoding/hex"
)

// Prefix begins the names of what a lab makes on the machine; its nonce follows.
const Prefix = "authlab-"

// NewNonce is the name of a new lab: 16 hexadecimal digits, drawn at random.
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
