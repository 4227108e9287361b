package apitest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokenChecks are the requirements for tokens only. Each forgery differs from a genuine token in one thing, and is
// signed with the server's own key unless that one thing is the signature.
var tokenChecks = []check{
	{"R08 the signature decides, over every bit of a token", signed, flippedBits},
	{"R08 a key has one algorithm, which the token does not choose", signed, otherAlgorithms},
	{"R08 a public key verifies, and is not a secret", signed, publicKeys},
	{"R08 a token brings no key, and nothing is fetched for it", signed, broughtKeys},
	{"R08 the name of a key is a name and nothing else", signed, namedKeys},
	{"R09 dates are whole numbers in their range", signed, wrongDates},
	{"R09 issuer, audience and user are the exact texts", signed, wrongTexts},
	{"R09 an access token is one by its type, without conditions", signed, wrongTypes},
	{"R09 the claims are one JSON object, once", signed, wrongObjects},
	{"R09 a refresh token is not an access token, and the reverse", refreshed, wrongUse},
	{"R10 a token has exactly one spelling", signed, otherSpellings},
	{"R10 a token has exactly one form", signed, otherForms},
	{"R11 no server starts with a weak key", signed, weakKeys},
	{"R12 a refresh rotates, and a used token ends the family", refreshed, rotation},
	{"R12 within the grace no user is logged out", refreshed, grace},
	{"R12 a family has an end", refreshed, familyEnds},
	{"R12 a refresh token cannot be made or altered", refreshed, forgedRefresh},
	{"R14 a token has one way in", bearing, oneWayIn},
	{"R14 a refusal says how to authenticate", bearing, challenged},
}

func signed(s Scheme) bool    { return s.Sign != nil }
func bearing(s Scheme) bool   { return s.Carrier == Bearer }
func refreshed(s Scheme) bool { return s.Carrier == Bearer && s.Grace > 0 }

// token is a genuine access token, taken apart, with a way to assemble another one.
type token struct {
	w       *world
	from    credential
	raw     string
	header  string // as JSON
	payload string // as JSON
	members map[string]json.RawMessage
	heads   map[string]json.RawMessage
}

// genuine logs alice in and takes her token apart.
func (w *world) genuine() (*token, error) {
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return nil, err
	}
	t := &token{w: w, from: c, raw: c.answer.AccessToken}
	if w.scheme.Carrier == Cookie {
		_, t.raw, _ = strings.Cut(c.header.Get("Cookie"), "=")
	}
	parts := strings.Split(t.raw, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("the token has %d segments, want 3", len(parts))
	}
	header, err1 := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	payload, err2 := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	t.header, t.payload = string(header), string(payload)
	return t, errors.Join(err1, err2, json.Unmarshal(header, &t.heads), json.Unmarshal(payload, &t.members))
}

// sign returns the token with its claims replaced, under the genuine header.
func (t *token) sign(payload string) string { return t.w.scheme.Sign(t.header, payload) }

// signHeader returns the token with its header replaced.
func (t *token) signHeader(header string) string { return t.w.scheme.Sign(header, t.payload) }

// forgery is a token and what is wrong with it.
type forgery struct{ name, token string }

// refuse checks that every forgery is answered 401 and hands out nothing, on the replicas in turn. As a control, the
// genuine token and its claims signed once more are answered 200.
func (t *token) refuse(forgeries []forgery) error {
	var errs []error
	control := []forgery{{"the genuine token", t.raw}}
	if t.w.scheme.Sign != nil {
		control = append(control, forgery{"its claims, signed again", t.sign(object(t.members))})
	}
	for _, c := range control {
		for i := range t.w.urls {
			if _, err := t.w.want(http.StatusOK, i, "GET", "/v1/me", t.w.present(t.from, c.token), nil); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
			}
		}
	}
	for i, f := range forgeries {
		got, err := t.w.do(i%len(t.w.urls), "GET", "/v1/me", t.w.present(t.from, f.token), nil)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		case got.StatusCode != http.StatusUnauthorized || got.Header.Get("Set-Cookie") != "":
			errs = append(errs, fmt.Errorf("%s: status %d, want 401: %.200s", f.name, got.StatusCode, f.token))
		}
	}
	return errors.Join(errs[:min(len(errs), 10)]...)
}

// present puts an access token in place of the credential's own.
func (w *world) present(c credential, token string) http.Header {
	if w.scheme.Carrier == Cookie {
		name, _, _ := strings.Cut(c.header.Get("Cookie"), "=")
		return http.Header{"Cookie": {name + "=" + token}}
	}
	return http.Header{"Authorization": {"Bearer " + token}}
}

// object writes members as JSON.
func object(members map[string]json.RawMessage) string {
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // the checks' own tables are wrong
	}
	return string(text)
}

// changed returns members with one of them replaced by value, or left out if value is "".
func changed(members map[string]json.RawMessage, name, value string) map[string]json.RawMessage {
	other := map[string]json.RawMessage{}
	for n, v := range members {
		other[n] = v
	}
	other[name] = json.RawMessage(value)
	if value == "" {
		delete(other, name)
	}
	return other
}

// prefixed and suffixed write one member before or after those of an object, even if it is there already.
func prefixed(object, name, value string) string {
	return fmt.Sprintf("{%q:%s,%s", name, value, object[1:])
}

func suffixed(object, name, value string) string {
	return fmt.Sprintf("%s,%q:%s}", object[:len(object)-1], name, value)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// hs256 returns a token signed with any given key.
func hs256(key, header, payload string) string {
	input := encode(header) + "." + encode(payload)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(input))
	return input + "." + encode(string(mac.Sum(nil)))
}

// seconds writes a date as tokens represent it.
func seconds(at time.Time) string { return fmt.Sprint(at.Unix()) }
