package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// idBytes is the size of a session id: 256 bits from the operating system's generator.
const idBytes = 32

// encoding is unpadded base64url that refuses stray bits in the last character.
var encoding = base64.RawURLEncoding.Strict()

// idLength is the one length a spelled id has.
var idLength = encoding.EncodedLen(idBytes)

// Key names a session in a backend: the SHA-256 of its id. A reader of the store (a backup, a MONITOR, a dump) gets
// keys and cannot compute the ids that would log him in.
type Key [sha256.Size]byte

// String is the key as backends and logs may show it.
func (k Key) String() string { return encoding.EncodeToString(k[:]) }

// newID makes an id, as the cookie spells it, and its key.
func newID() (id string, key Key) {
	var raw [idBytes]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand aborts the program instead
	return encoding.EncodeToString(raw[:]), sha256.Sum256(raw[:])
}

// NewDevice makes the public name of a login. It is random, so it reveals nothing about the id.
func NewDevice() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	return encoding.EncodeToString(raw[:])
}

// keyOf returns the key of an id, and whether the id is spelled as this package spells ids. There is exactly one
// spelling of an id: no padding, no line breaks (which encoding/base64 would skip), no stray bits.
func keyOf(id string) (key Key, ok bool) {
	if len(id) != idLength {
		return key, false
	}
	var text [idBytes*4/3 + 1]byte
	var raw [idBytes]byte
	copy(text[:], id)
	if n, err := encoding.Decode(raw[:], text[:idLength]); err != nil || n != idBytes {
		return key, false
	}
	return sha256.Sum256(raw[:]), true
}
