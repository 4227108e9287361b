package store

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Veil is the id that a renewal handed out, readable only with the id before it. A store holds it for TraceFor and
// cannot read it. A keystream from the old id hides it; the store has never seen that id, and the keystream is used
// only once, since an id is replaced once.
type Veil [idBytes]byte

// veiled hides an id behind the one that it replaces.
func veiled(old, id string) (v Veil) {
	copy(v[:], rawOf(id))
	v.mask(old)
	return v
}

// unveil returns the id that v hides, given the old one.
func (v Veil) unveil(old string) string {
	v.mask(old)
	return encoding.EncodeToString(v[:])
}

// mask hides and reveals.
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
