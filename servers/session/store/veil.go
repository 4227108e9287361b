package store

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Veil is the id that a renewal handed out, for those only who have the id before it. A store keeps it for TraceFor and
// cannot read it: it is hidden by a keystream from the old id, which the store has never seen, and which is used for
// nothing else, since an id is replaced once.
type Veil [idBytes]byte

// veiled hides an id behind the one that it replaces.
func veiled(old, id string) (v Veil) {
	copy(v[:], rawOf(id))
	v.mask(old)
	return v
}

// unveil is the id that v hides, for the holder of the old one.
func (v Veil) unveil(old string) string {
	v.mask(old)
	return encoding.EncodeToString(v[:])
}

// mask hides what is in the open, and opens what is hidden.
func (v *Veil) mask(old string) {
	mac := hmac.New(sha256.New, rawOf(old))
	mac.Write([]byte("authlab: the id after this one"))
	for i, b := range mac.Sum(nil) {
		v[i] ^= b
	}
}

// rawOf is the bytes of an id that keyOf has accepted, or newID made.
func rawOf(id string) []byte {
	raw, _ := encoding.DecodeString(id)
	return raw
}
