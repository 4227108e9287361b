package apitest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
)

// flippedBits alters one bit of each byte of header and claims, and every bit of the signature.
func flippedBits(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	parts := strings.Split(t.raw, ".")
	var all []forgery
	for n, part := range parts {
		bytes, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return err
		}
		for i := range 8 * len(bytes) {
			if n < 2 && i/8%8 != i%8 {
				continue
			}
			bytes[i/8] ^= 1 << (i % 8)
			parts[n] = encode(string(bytes))
			bytes[i/8] ^= 1 << (i % 8)
			all = append(all, forgery{fmt.Sprintf("bit %d of segment %d flipped", i, n+1), strings.Join(parts, ".")})
		}
		parts[n] = part
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	for n := range len(signature) {
		cut := parts[0] + "." + parts[1] + "." + encode(string(signature[:n]))
		all = append(all, forgery{fmt.Sprintf("signature cut to %d bytes", n), cut})
	}
	other := strings.Split(t.sign(object(changed(t.members, "sub", `"stranger"`))), ".")
	return t.refuse(append(all,
		forgery{"a longer signature", t.raw + encode("\x00\x00\x00")},
		forgery{"a signature of zeros", parts[0] + "." + parts[1] + "." + encode(string(make([]byte, len(signature))))},
		forgery{"another token's signature", parts[0] + "." + parts[1] + "." + other[2]},
		forgery{"another token's claims", parts[0] + "." + other[1] + "." + parts[2]},
	))
}

// otherAlgorithms claims algorithms that are not the key's: with no signature, the genuine one, one made with the key
// all the same, and one made with no key.
func otherAlgorithms(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	signature := t.raw[strings.LastIndexByte(t.raw, '.')+1:]
	var all []forgery
	for _, alg := range []string{
		"", `"none"`, `"nOnE"`, `"None"`, `"NONE"`, `"none "`, `""`, `null`, `0`, `[]`, `{}`, `true`,
		`"RS256"`, `"RS384"`, `"RS512"`, `"ES256"`, `"ES384"`, `"PS256"`, `"EdDSA"`, `"HS384"`, `"HS512"`, `"HS256"`,
		`"hs256"`,
		`"HS256 "`, `"HS2560"`, `["HS256"]`, `"A128GCM"`, `"dir"`,
	} {
		if alg == string(t.heads["alg"]) {
			continue
		}
		header := object(changed(t.heads, "alg", alg))
		input := encode(header) + "." + encode(t.payload)
		for _, f := range []forgery{
			{"without signature", input + "."},
			{"without its segment", input},
			{"genuine signature", input + "." + signature},
			{"signed with the key", t.signHeader(header)},
			{"signed with an empty key", hs256("", header, t.payload)},
		} {
			all = append(all, forgery{"alg " + alg + ", " + f.name, f.token})
		}
	}
	header, genuine := object(t.heads), string(t.heads["alg"])
	return t.refuse(append(all,
		forgery{"alg twice, the last is none", t.signHeader(suffixed(header, "alg", `"none"`))},
		forgery{"alg twice, the first is none", t.signHeader(prefixed(header, "alg", `"none"`))},
		forgery{"alg twice, alike", t.signHeader(suffixed(header, "alg", genuine))},
		forgery{"alg in another case", t.signHeader(suffixed(object(changed(t.heads, "alg", "")), "Alg", genuine))},
		forgery{"alg none in another case beside", t.signHeader(suffixed(header, "ALG", `"none"`))},
	))
}

// broughtKeys puts keys, or their addresses, into the header, and signs with those and with the server's own.
func broughtKeys(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	point, err := own.PublicKey.Bytes()
	if err != nil {
		return err
	}
	const secret = "a key that the attacker has chosen"
	oct := fmt.Sprintf(`{"kty":"oct","kid":"mine","alg":"HS256","k":%q}`, encode(secret))
	ec := fmt.Sprintf(`{"kty":"EC","kid":"mine","crv":"P-256","alg":"ES256","x":%q,"y":%q}`,
		encode(string(point[1:33])), encode(string(point[33:])))

	var requests, connections atomic.Int64
	host := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		fmt.Fprintf(w, `{"keys":[%s,%s]}`, oct, ec)
	}))
	host.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	host.Start()
	defer host.Close()

	var all []forgery
	for _, member := range []struct{ name, value string }{
		{"jwk", oct},
		{"jwk", ec},
		{"jwk", `{}`},
		{"jwk", `null`},
		{"jku", `"` + host.URL + `/keys.json"`},
		{"x5u", `"` + host.URL + `/chain.pem"`},
		{"iss", `"` + host.URL + `"`},
		{"x5c", `["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"]`},
		{"x5t", `"` + encode(secret) + `"`},
		{"x5t#S256", `"` + encode(secret) + `"`},
	} {
		for _, kid := range []string{"", `"mine"`, string(t.heads["kid"]), `"` + host.URL + `/keys.json"`} {
			header := object(changed(changed(t.heads, "kid", kid), member.name, member.value))
			name := member.name + " and kid " + kid
			all = append(all, forgery{name + ", the attacker's secret", hs256(secret, header, t.payload)})
			all = append(all, forgery{name + ", the server's key", t.signHeader(header)})
			header = object(changed(changed(changed(t.heads, "kid", kid), member.name, member.value), "alg", `"ES256"`))
			signed, err := es256(own, header, t.payload)
			if err != nil {
				return err
			}
			all = append(all, forgery{name + ", the attacker's key pair", signed})
		}
	}
	err = t.refuse(all)
	if connections.Load() != 0 {
		err = errors.Join(err, fmt.Errorf("the server fetched keys that a token named: %d connections", connections.Load()))
	}
	answer, fetch := http.Get(host.URL) // the control: a fetch would have been seen
	if fetch != nil {
		return errors.Join(err, fetch)
	}
	answer.Body.Close()
	if requests.Load() == 0 {
		err = errors.Join(err, errors.New("the server of keys sees no requests, so this check shows nothing"))
	}
	return err
}

func es256(key *ecdsa.PrivateKey, header, payload string) (string, error) {
	input := encode(header) + "." + encode(payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return input + "." + encode(string(signature)), nil
}

// namedKeys names missing keys, and files and statements that would yield a known key.
func namedKeys(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	genuine := string(t.heads["kid"])
	if len(genuine) < 4 || genuine[0] != '"' {
		return fmt.Errorf("a token does not name its key, so keys cannot be rotated: %s", t.header)
	}
	var all []forgery
	for _, kid := range []string{
		"", `""`, `null`, `0`, `true`, `[]`, `[` + genuine + `]`, `{}`, `"unknown"`, `"0"`, `"*"`, `"%"`, `".*"`,
		`"/dev/null"`, `"../../../../../../dev/null"`, `"file:///dev/null"`, `"/proc/sys/kernel/ostype"`,
		`"' OR '1'='1"`, `"x' UNION SELECT '' -- "`, `"|true"`, `"$(true)"`, `"` + strings.Repeat("A", 4000) + `"`,
		genuine[:len(genuine)-1] + ` "`, `" ` + genuine[1:], genuine[:len(genuine)-1] + `\u0000"`,
		genuine[:len(genuine)-2] + `"`,
		genuine[:len(genuine)-1] + `/../` + genuine[1:],
	} {
		header := object(changed(t.heads, "kid", kid))
		all = append(all, forgery{"kid " + kid + ", signed with the key", t.signHeader(header)})
		for _, key := range []string{"", "\x00", "Linux\n", "secret"} {
			all = append(all, forgery{fmt.Sprintf("kid %s, signed with %q", kid, key), hs256(key, header, t.payload)})
		}
	}
	header := object(t.heads)
	return t.refuse(append(all,
		forgery{"the genuine kid, an empty key", hs256("", header, t.payload)},
		forgery{"the genuine kid as the key", hs256(strings.Trim(genuine, `"`), header, t.payload)},
		forgery{"kid twice, the first unknown", t.signHeader(prefixed(header, "kid", `"unknown"`))},
		forgery{"kid twice, the last unknown", t.signHeader(suffixed(header, "kid", `"unknown"`))},
		forgery{"kid in another case", t.signHeader(suffixed(object(changed(t.heads, "kid", "")), "KID", genuine))},
	))
}
