package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A refresh token is 52 bytes in base64url: the family's ID (16), the generation (4) and an HMAC-SHA256 over both (32).
// A forged one is refused before the database is asked. The token is a function of its content, so the answer to a
// repeated request is byte for byte the same.
const (
	idBytes      = 16
	refreshBytes = idBytes + 4 + sha256.Size
)

// family is a device's login: a line of refresh tokens; only the latest generation is valid.
type family struct {
	id         string // 22 characters of base64url
	generation uint32
}

// encode makes the refresh token of f under the first key.
func (f family) encode(keys []key) string {
	b := make([]byte, 0, refreshBytes)
	b, _ = decode(b, f.id)
	b = binary.BigEndian.AppendUint32(b, f.generation)
	return base64.RawURLEncoding.EncodeToString(append(b, seal(keys[0].refresh, b)...))
}

// parseRefresh returns what a refresh token stands for, if one of keys made it.
func parseRefresh(token string, keys []key) (family, bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(refreshBytes) {
		return family{}, false
	}
	b, err := decode(make([]byte, 0, refreshBytes), token)
	if err != nil {
		return family{}, false
	}
	content, mac := b[:idBytes+4], b[idBytes+4:]
	for _, k := range keys {
		if hmac.Equal(mac, seal(k.refresh, content)) {
			id := base64.RawURLEncoding.EncodeToString(content[:idBytes])
			return family{id, binary.BigEndian.Uint32(content[idBytes:])}, true
		}
	}
	return family{}, false
}

func seal(key, content []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	return mac.Sum(nil)
}

// validFamily reports whether id is well formed, whether or not there is such a family.
func validFamily(id string) bool {
	var space [idBytes]byte
	if len(id) != base64.RawURLEncoding.EncodedLen(idBytes) {
		return false
	}
	_, err := decode(space[:0], id)
	return err == nil
}
