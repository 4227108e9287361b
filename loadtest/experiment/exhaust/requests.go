package exhaust

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"authlab/loadtest/experiment"
)

// asks is GET /v1/me with other header lines.
func (m *measuring) asks(header ...string) []byte { return m.request("GET /v1/me", "", header...) }

// dotted is a token of dots. A parser that splits it makes a text of each.
func dotted(m *measuring, size, _ int) []byte { return m.asks(bearer + strings.Repeat(".", size)) }

// forged is a holder's token with other parts; "" leaves a part.
func (m *measuring) forged(header, claims string, conn int) []byte {
	parts := strings.SplitN(m.valid[conn%len(m.valid)].access, ".", 3)
	for i, text := range []string{header, claims} {
		if text != "" && i < len(parts) {
			parts[i] = base64.RawURLEncoding.EncodeToString([]byte(text))
		}
	}
	return m.asks(bearer + strings.Join(parts, "."))
}

// longKid names a key by a long name, so that the header is not one that the server knows.
func longKid(m *measuring, size, conn int) []byte {
	kid := strings.Repeat("k", size/4*3) // base64url makes four of three
	return m.forged(fmt.Sprintf(`{"typ":"at+jwt","alg":%q,"kid":%q}`, m.scheme.Alg, kid), "", conn)
}

// manyMembers has a header of many members, so that each must be compared with those before.
func manyMembers(m *measuring, size, conn int) []byte {
	var b strings.Builder
	for i := range size {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}
	return m.forged("{"+b.String()[1:]+"}", "", conn)
}

// wrongSignature has claims of that size under a genuine header, so that the signature over all of it is computed.
func wrongSignature(m *measuring, size, conn int) []byte {
	return m.forged("", `{"sub":"`+strings.Repeat("a", size/4*3)+`"}`, conn)
}

// idLength is how long the lab's servers spell the id of a session: 32 bytes in base64url. Only such an id is looked
// up.
const idLength = 43

// invented sends another id each time, so that no cache knows it.
func invented(m *measuring, size, conn int) lane {
	name, _, _ := strings.Cut(m.valid[0].cookie, "=")
	n := 0
	return func(experiment.Reply) [][]byte {
		n++
		sum := sha256.Sum256(fmt.Append(nil, m.start, size, conn, n))
		id := base64.RawURLEncoding.EncodeToString(sum[:])
		id = strings.Repeat(id, 1+size/len(id))[:size]
		return [][]byte{m.asks("Cookie: " + name + "=" + id)}
	}
}

// cookiePairs has many cookies without a value.
func cookiePairs(m *measuring, size, _ int) []byte {
	return m.asks("Cookie: " + strings.Repeat("a=;", size))
}

// manyHeaders is a valid request with many more header lines.
func manyHeaders(m *measuring, size, conn int) []byte {
	lines := []string{m.valid[conn%len(m.valid)].shown()}
	for i := range size {
		lines = append(lines, fmt.Sprintf("X-%d: a", i))
	}
	return m.asks(lines...)
}

// nested has lists in lists where a text should be.
func nested(m *measuring, size, _ int) []byte {
	return m.request(enter, `{"username":`+strings.Repeat("[", size)+strings.Repeat("]", size)+`,"password":"a"}`)
}

// slowly sends a valid request in parts.
func slowly(m *measuring, size, conn int) lane {
	whole := m.me(m.valid[conn%len(m.valid)])
	var parts [][]byte
	for i := range size {
		parts = append(parts, whole[i*len(whole)/size:(i+1)*len(whole)/size])
	}
	return func(experiment.Reply) [][]byte { return parts }
}

// wrongPasswords guesses the password of one name, which is another at each visit: a server must not tell whether there
// is such an account, and checks all alike.
func wrongPasswords(m *measuring, size, conn int) lane {
	n := 0
	return func(experiment.Reply) [][]byte {
		n++
		return [][]byte{m.request(enter, fmt.Sprintf(`{"username":"drained-%d-%d","password":"a guess, %d of %d"}`, m.start,
			size, n, conn))}
	}
}
