package apitest

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// otherSpellings writes the bytes of a genuine token in ways other than the canonical one. A second spelling could
// bypass a list of revoked tokens or a cache of good ones.
func otherSpellings(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	// A signature with one of these is spelled differently in the other alphabet.
	for !strings.ContainsAny(t.raw[strings.LastIndexByte(t.raw, '.'):], "-_") {
		t.payload += " "
		t.raw = t.sign(t.payload)
	}
	parts := strings.Split(t.raw, ".")
	var all []forgery
	respell := func(n int, name, segment string) {
		changed := slices.Clone(parts)
		changed[n] = segment
		all = append(all, forgery{fmt.Sprintf("segment %d %s", n+1, name), strings.Join(changed, ".")})
	}
	for n, part := range parts {
		bytes, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return err
		}
		for i := range len(alphabet) {
			last := part[:len(part)-1] + alphabet[i:i+1]
			if last != part && decodes(last, bytes) {
				respell(n, "with the last character "+last[len(last)-1:], last)
			}
		}
		respell(n, "padded", part+"=")
		respell(n, "padded twice", part+"==")
		respell(n, "as encoders pad", base64.URLEncoding.EncodeToString(bytes)+"=")
		respell(n, "with a space", part[:4]+" "+part[4:])
		respell(n, "with a tab", part[:4]+"\t"+part[4:])
		respell(n, "with a space before", " "+part+" ")
		respell(n, "with an escape", part[:4]+"%"+fmt.Sprintf("%x", part[4])+part[5:])
		respell(n, "with a letter of another script", part[:4]+"é"+part[5:])
		respell(n, "one character longer", part+"A")
		respell(n, "one character shorter", part[:len(part)-1])
		if std := base64.RawStdEncoding.EncodeToString(bytes); std != part {
			respell(n, "in the standard alphabet", std)
		}
	}
	// Only the outermost spaces belong to HTTP, not to the token.
	all = slices.DeleteFunc(all, func(f forgery) bool { return strings.TrimSpace(f.token) == t.raw })
	return errors.Join(t.refuse(all), t.folded())
}

// decodes reports whether a lenient reader takes text for these bytes.
func decodes(text string, bytes []byte) bool {
	got, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && string(got) == string(bytes)
}

// folded breaks the token's line the way HTTP/1.1 once allowed. No client library sends it, so the request is written
// by hand.
func (t *token) folded() error {
	address := strings.TrimPrefix(t.w.urls[0], "http://")
	for _, c := range []struct {
		name, middle string
		good         bool
	}{
		{"whole", "", true},
		{"folded", "\r\n ", false},
		{"folded by a bare LF", "\n ", false},
		{"cut by CR", "\r", false},
		{"cut by NUL", "\x00", false},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		for name, values := range t.w.present(t.from, t.raw[:20]+c.middle+t.raw[20:]) {
			fmt.Fprintf(conn, "GET /v1/me HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s: %s\r\n\r\n", address, name, values[0])
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode/100 == 2 != c.good || answer.StatusCode >= 500 {
			return fmt.Errorf("a token in a header %s: status %d", c.name, answer.StatusCode)
		}
	}
	return nil
}

// otherForms are other numbers of segments, other serializations, and sizes that no server should parse.
func otherForms(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	p := strings.Split(t.raw, ".")
	flattened := fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, p[0], p[1], p[2])
	general := fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, p[1], p[0], p[2])
	large := suffixed(object(t.members), "x", `"`+strings.Repeat("x", 9000)+`"`)
	err = t.refuse([]forgery{
		{"1 segment", p[0]},
		{"2 segments", p[0] + "." + p[1]},
		{"4 segments", t.raw + "." + p[2]},
		{"5 segments", t.raw + "." + p[1] + "." + p[2]},
		{"an empty fourth", t.raw + "."},
		{"an empty first", "." + t.raw},
		{"header empty", "." + p[1] + "." + p[2]},
		{"claims empty", p[0] + ".." + p[2]},
		{"signature empty", p[0] + "." + p[1] + "."},
		{"nothing but dots", ".."},
		{"many dots", strings.Repeat(".", 5000)},
		{"another separator", p[0] + ":" + p[1] + ":" + p[2]},
		{"order changed", p[1] + "." + p[0] + "." + p[2]},
		{"JSON, encoded", encode(flattened)},
		{"in quotes", `"` + t.raw + `"`},
		{"with a name", "token=" + t.raw},
		{"the scheme twice", "Bearer " + t.raw},
		{"a large signature", t.raw + strings.Repeat("A", 9000)},
		{"large claims, well signed", t.sign(large)},
	})
	for _, c := range []forgery{
		{"JSON, flattened", flattened}, {"JSON, general", general}, // whose commas may also be taken for two credentials
		{"of 20 kB", t.raw + strings.Repeat("A", 20_000)}, {"of 1 MB", t.raw + strings.Repeat("A", 1<<20)},
	} {
		// The server may cut the connection before all is sent; what counts is that it does not accept the token.
		got, cut := w.do(0, "GET", "/v1/me", w.present(t.from, c.token), nil)
		if cut == nil && got.StatusCode/100 != 4 {
			err = errors.Join(err, fmt.Errorf("a token %s: status %d", c.name, got.StatusCode))
		}
	}
	_, alive := w.want(http.StatusOK, 0, "GET", "/v1/me", t.from.header, nil)
	return errors.Join(err, alive)
}
