package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"authlab/servers/user"
)

func TestDecode(t *testing.T) {
	const good = `{"username":"alice","password":"secret"}`
	for _, c := range []struct {
		name, media, body string
		status            int // 0: it is accepted
	}{
		{"as it should be", "application/json", good, 0},
		{"with a charset", "application/json; charset=utf-8", good, 0},
		{"with white space", "application/json", " \n" + good + "\n ", 0},
		{"in another order", "application/json", `{"password":"secret","username":"alice"}`, 0},
		{"a form", "application/x-www-form-urlencoded", "username=alice&password=secret", 415},
		{"text, as a page of another site could send it", "text/plain", good, 415},
		{"in another charset", "application/json; charset=iso-8859-1", good, 415},
		{"no type", "", good, 415},
		{"a broken type", "application/json; charset", good, 415},
		{"nothing", "application/json", "", 400},
		{"null", "application/json", "null", 400},
		{"an array", "application/json", "[" + good + "]", 400},
		{"a string", "application/json", `"alice"`, 400},
		{"cut short", "application/json", good[:20], 400},
		{"an unknown member", "application/json", `{"username":"alice","password":"secret","admin":true}`, 400},
		{"a missing member", "application/json", `{"username":"alice"}`, 400},
		{"another case", "application/json", `{"Username":"alice","password":"secret"}`, 400},
		{"twice", "application/json", `{"username":"alice","password":"secret","username":"bob"}`, 400},
		{"twice, escaped", "application/json", `{"username":"alice","password":"secret","\u0075sername":"bob"}`, 400},
		{"two objects", "application/json", good + good, 400},
		{"a tail", "application/json", good + "]", 400},
		{"the wrong type", "application/json", `{"username":1,"password":"secret"}`, 400},
		{"a null member", "application/json", `{"username":null,"password":"secret"}`, 400},
		{"a pair of surrogates, escaped", "application/json", `{"username":"\u0061lice","password":"\ud83d\ude00secret"}`, 0},
		{"half a pair", "application/json", `{"username":"alice","password":"\ud83dsecret"}`, 400},
		{"half a pair, the second", "application/json", `{"username":"alice","password":"\ude00secret"}`, 400},
		{"half a pair in a name", "application/json", `{"username":"alice","password\ud800":"secret"}`, 400},
		{"Latin-1", "application/json", "{\"username\":\"alice\",\"password\":\"secr\xe9t\"}", 400},
		{"a byte order mark", "application/json", "\ufeff" + good, 400},
		{"NUL behind it", "application/json", good + "\x00", 400},
		{"deep nesting", "application/json", strings.Repeat("[", 60_000), 400},
		{"too large", "application/json", `{"username":"` + strings.Repeat("a", maxBody) + `","password":"secret"}`, 413},
	} {
		r := httptest.NewRequest("POST", "/v1/login", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
		var in loginRequest
		err := decode(r, &in)
		switch {
		case c.status == 0:
			if err != nil || in.Username != "alice" || strings.TrimPrefix(in.Password, "😀") != "secret" {
				t.Errorf("%s: %+v, %v", c.name, in, err)
			}
		case err == nil:
			t.Errorf("%s: taken, want %d", c.name, c.status)
		default:
			if p := problemOf(err); p.Status != c.status || strings.Contains(p.Detail, "secret") {
				t.Errorf("%s: %d %q, want %d", c.name, p.Status, p.Detail, c.status)
			}
		}
	}
}

// FuzzStrict: all accepted input is text, encoding/json reads the same from it, it has exactly our members, and nothing
// in it was replaced. Writing it again gives something that is accepted too.
func FuzzStrict(f *testing.F) {
	for _, seed := range []string{
		`{"to":"bob","amount":1}`, `{"to":"","amount":-0}`, `{"to":"\ud800","amount":1e2}`, `{"to":"a","to":"b","amount":1}`,
		`{"TO":"a","amount":1}`, `null`, `{}`, `{"to":"bob","amount":1}x`, "\xef\xbb\xbf{}",
		`{"to":"bob","amount":9223372036854775808}`, "{\"to\":\"p\xe4ss\",\"amount\":1}", `{"to":"\ud83d\ude00","amount":1}`,
		`{"to":"\ude00\ud83d","amount":1}`, `{"to":"\\ud83d","amount":1}`, `{"to":"\\\ud83d","amount":1}`,
		`{"to":"\uFFFD","amount":1}`,
		"{\"to\":\"\xed\xa0\x80\",\"amount\":1}", "{\"to\":\"\xc0\x80\",\"amount\":1}", `{"to":"\u0000","amount":1}`,
		"{\"to\":\"\x00\",\"amount\":1}", `{"to\ud800":"","amount":1}`, `{"to":"\ud83d\u","amount":1}`,
		`{"t\u006f":"","amount":1}`,
		`{"to":{"a":"\ud800"},"amount":1}`, "{\"to\":\"\ufffd\",\"amount\":1}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in, same, again transferRequest
		if strict(body, &in) != nil {
			return
		}
		if !utf8.Valid(body) || !utf8.ValidString(in.To) {
			t.Fatalf("%q was accepted, but is not text", body)
		}
		if strings.Contains(in.To, "\ufffd") && !replacement.Match(body) {
			t.Fatalf("%q was read as %q", body, in.To)
		}
		var loose map[string]json.RawMessage
		if err := json.Unmarshal(body, &loose); err != nil || len(loose) != 2 || loose["to"] == nil ||
			loose["amount"] == nil {
			t.Fatalf("%q was accepted, but it is %v, %v", body, loose, err)
		}
		if err := json.Unmarshal(body, &same); err != nil || same != in {
			t.Fatalf("%q is %+v to us and %+v to encoding/json", body, in, same)
		}
		text, _ := json.Marshal(in)
		if err := strict(text, &again); err != nil || again != in {
			t.Fatalf("%q came back as %+v, %v", text, again, err)
		}
	})
}

// replacement is the character that encoding/json substitutes for an invalid one, sent literally.
var replacement = regexp.MustCompile(`(?i)\x{FFFD}|\\ufffd`)

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		retry  bool
	}{
		{ErrUnauthenticated, 401, false},
		{user.ErrBadCredentials, 401, false},
		{ErrAmbiguous, 400, false},
		{ErrUnavailable, 503, true},
		{user.ErrUnavailable, 503, true},
		{user.ErrBusy, 503, true},
		{errors.Join(ErrUnauthenticated, ErrUnavailable), 503, true}, // an outage is never "not logged in"
		{errors.Join(user.ErrNotFound, user.ErrUnavailable), 503, true},
		{user.ErrNotFound, 404, false},
		{user.ErrInsufficient, 409, false},
		{user.ErrLastAdmin, 409, false},
		{user.ErrInvalid, 422, false},
		{&http.MaxBytesError{Limit: 1}, 413, false},
		{problem(418, "a teapot"), 418, false},
		{errors.New("dial tcp 10.0.0.1:5432: password of root is hunter2"), 500, false},
	} {
		p := problemOf(fmt.Errorf("while answering: %w", c.err))
		if p.Status != c.status || p.retryAfter > 0 != c.retry || p.Title != http.StatusText(c.status) {
			t.Errorf("%v: %+v, want %d", c.err, p, c.status)
		}
		if strings.Contains(p.Detail, "hunter2") {
			t.Errorf("%v: tells %q", c.err, p.Detail)
		}
		if p.Status == 401 != p.challenge {
			t.Errorf("%v: challenge %v", c.err, p.challenge)
		}
	}
}

func FuzzPerson(f *testing.F) {
	for _, name := range []string{"alice", "", `a"b`, `a\b`, "<&>", "é", "\x00", "\xff", "\u2028"} {
		f.Add("1", name)
	}
	f.Fuzz(func(t *testing.T, id, name string) {
		p := Principal{ID: id, Name: name, Role: user.RoleAdmin}
		want, _ := json.Marshal(personOf(p))
		if got := appendPerson(nil, p); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
