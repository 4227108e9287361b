package token

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxToken is the size in bytes above which a token is refused unread. This server's own have about 400, and 9.7 kB
// with the largest --claims-bytes and the longest keys.
const maxToken = 10 << 10

// What is wrong with a token that was written differently from this server's. Each error stays within the server: the
// client gets only 401.
var (
	errCompact = errors.New("not three segments of base64url in at most 10 KB")
	errJSON    = errors.New("not one flat JSON object of strings and whole numbers")
	errTwice   = errors.New("a name occurs twice, or in another case, or there are too many")
)

// split takes a token in compact serialization apart (RFC 7515 section 7.1), and nothing else: no JSON serialization,
// no empty signature, no fourth segment.
func split(raw string) (header, payload, signature string, err error) {
	if len(raw) > maxToken {
		return "", "", "", errCompact
	}
	header, rest, one := strings.Cut(raw, ".")
	payload, signature, two := strings.Cut(rest, ".")
	if !one || !two || header == "" || payload == "" || signature == "" || strings.Contains(signature, ".") {
		return "", "", "", errCompact
	}
	return header, payload, signature, nil
}

// sextets maps a character of base64url to its six bits, and all others to 0xff.
var sextets = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		t[c] = byte(i)
	}
	return t
}()

// decode appends the bytes of s, in base64url without padding, to dst. Exactly one text stands for any bytes: no
// padding, no line breaks (which encoding/base64 skips even when it is strict), and leftover bits are zero.
//
// A token may have a second text all the same: where ES256 accepts the signature (r, s) it accepts (r, n−s) too, which
// anyone can compute. That is harmless, since nothing depends on a token's text: logins end by the sid in it, which is
// the same in both.
func decode(dst []byte, s string) ([]byte, error) {
	const invalid = 0xc0 // has a bit that no sextet has
	for ; len(s) >= 4; s = s[4:] {
		a, b, c, d := sextets[s[0]], sextets[s[1]], sextets[s[2]], sextets[s[3]]
		if (a|b|c|d)&invalid != 0 {
			return nil, errCompact
		}
		dst = append(dst, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	var bits [3]byte // the last 0, 2 or 3 characters; 1 is impossible
	for i := range len(s) {
		if bits[i] = sextets[s[i]]; bits[i]&invalid != 0 {
			return nil, errCompact
		}
	}
	switch a, b, c := bits[0], bits[1], bits[2]; {
	case len(s) == 0:
		return dst, nil
	case len(s) == 2 && b&0x0f == 0:
		return append(dst, a<<2|b>>4), nil
	case len(s) == 3 && c&0x03 == 0:
		return append(dst, a<<2|b>>4, b<<4|c>>2), nil
	}
	return nil, errCompact
}

// value is what follows a name: a string, already unquoted, or the digits of a whole number.
type value struct {
	text   string
	number bool
}

// flat reads a JSON object whose values are strings and whole numbers, all that tokens and refresh requests have, and
// calls set for each member. It refuses what encoding/json forgives: a name twice, escapes in a name, invalid UTF-8,
// half a surrogate pair, anything after the object. So no two readers can see different members in the same bytes.
func flat(s string, set func(name string, v value) error) error {
	var names [16]string
	count := 0
	s, ok := after(s, '{')
	if !ok {
		return errJSON
	}
	for s[0] != '}' || count > 0 {
		name, rest, plain := quoted(s)
		if !plain || strings.IndexByte(name, '\\') >= 0 {
			return errJSON
		}
		for _, earlier := range names[:count] {
			if earlier == name {
				return errTwice
			}
		}
		if count == len(names) {
			return errTwice
		}
		names[count] = name
		count++
		if s, ok = after(rest, ':'); !ok {
			return errJSON
		}
		v, rest, err := scalar(s)
		if err != nil {
			return err
		}
		if err := set(name, v); err != nil {
			return err
		}
		if rest = space(rest); rest != "" && rest[0] == '}' {
			s = rest
			break
		}
		if s, ok = after(rest, ','); !ok {
			return errJSON
		}
	}
	if space(s[1:]) != "" {
		return errJSON
	}
	return nil
}

// space cuts leading white space, as JSON knows it.
func space(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}

// after cuts the character c and the white space around it; something must follow.
func after(s string, c byte) (rest string, ok bool) {
	s = space(s)
	if s == "" || s[0] != c {
		return "", false
	}
	rest = space(s[1:])
	return rest, rest != ""
}

// quoted cuts a string in quotes and returns what is between them, escapes as they are.
func quoted(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			text = s[1:i]
			return text, s[i+1:], utf8.ValidString(text)
		case c == '\\':
			i++
		case c < ' ':
			return "", "", false
		}
	}
	return "", "", false
}

func scalar(s string) (v value, rest string, err error) {
	if s[0] != '"' {
		n := digits(s)
		if n == 0 {
			return value{}, "", errJSON
		}
		return value{s[:n], true}, s[n:], nil
	}
	text, rest, ok := quoted(s)
	if !ok {
		return value{}, "", errJSON
	}
	if strings.IndexByte(text, '\\') >= 0 {
		text, err = unescape(s[:len(s)-len(rest)])
	}
	return value{text, false}, rest, err
}

// unescape reads a string in quotes that has escapes: few have.
func unescape(quoted string) (text string, err error) {
	if surrogate(quoted) || json.Unmarshal([]byte(quoted), &text) != nil {
		return "", errJSON
	}
	return text, nil
}

// digits returns the length of the whole number that s begins with, 0 if there is none. It has at most 15 digits, which
// every reader represents exactly. With a sign, fraction or exponent it is not a whole number: then no comma follows.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n > 15 || n > 1 && s[0] == '0' {
		return 0
	}
	return n
}

// surrogate reports whether text has an escaped surrogate. No encoder needs one, and readers differ on half a pair.
func surrogate(text string) bool {
	for i := 0; i+3 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] == 'u' && (text[i+1] == 'd' || text[i+1] == 'D') && text[i+2] >= '8' {
			return true
		}
	}
	return false
}
