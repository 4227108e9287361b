package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authlab/servers/api"
	"authlab/servers/user"
)

var (
	noon   = time.Unix(1_800_000_000, 0)
	first  = secretKey([]byte("first key of more than thirty-two bytes"))
	second = secretKey([]byte("second key of more than thirty-two bytes"))
	alien  = secretKey([]byte("third key that no server has, 32 bytes"))
	alice  = user.User{ID: "0123456789abcdef", Name: "al<ice> é", Role: user.RoleUser, Version: 1}
	device = family{strings.Repeat("A", 22), 1}
)

const leeway = 30 * time.Second

func at(now time.Time, keys ...key) *verifier {
	return newVerifier(algorithms["HS256"], keys, "authlab", "authlab-api", leeway, func() time.Time { return now })
}

// forge signs any header and payload with a secret.
func forge(k key, header, payload string) string { return forgeAs("HS256", k, header, payload) }

func header(k key) string { return fmt.Sprintf(`{"alg":"HS256","kid":"%s","typ":"at+jwt"}`, k.id) }

// payload is a valid one, each claim replaced as with says; "" leaves it out.
func payload(with map[string]string) string {
	all := [][2]string{
		{"iss", `"authlab"`},
		{"aud", `"authlab-api"`},
		{"sub", `"id"`},
		{"name", `"alice"`},
		{"role", `"user"`},
		{"sid", `"` + device.id + `"`},
		{"jti", `"x"`},
		{"iat", "1799999999"},
		{"nbf", ""},
		{"exp", "1800000001"},
	}
	var members []string
	for _, c := range all {
		v, changed := with[c[0]]
		if !changed {
			v = c[1]
		}
		if v != "" {
			members = append(members, `"`+c[0]+`":`+v)
		}
	}
	return "{" + strings.Join(members, ",") + with["more"] + "}"
}

func TestSignedIsVerified(t *testing.T) {
	v := at(noon, first, second)
	raw, err := v.sign(v.about(alice, device.id, noon, noon.Add(time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.verify(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := api.Principal{ID: alice.ID, Name: alice.Name, Role: alice.Role, Device: device.id}
	if c.principal() != want || len(c.ID) != 22 || c.IssuedAt != noon.Unix() || c.Expires != noon.Unix()+60 {
		t.Errorf("%+v", c)
	}
	again, _ := v.sign(v.about(alice, device.id, noon, noon.Add(time.Minute)))
	if again == raw {
		t.Error("two tokens with one jti")
	}
}

// A new key first verifies everywhere, then signs, then the old one is removed.
func TestKeyRotation(t *testing.T) {
	raw, _ := at(noon, first).sign(at(noon, first).about(alice, device.id, noon, noon.Add(time.Minute)))
	for _, c := range []struct {
		keys []key
		good bool
	}{
		{[]key{first}, true},
		{[]key{first, second}, true},
		{[]key{second, first}, true},
		{[]key{second}, false},
	} {
		if _, err := at(noon, c.keys...).verify(raw); (err == nil) != c.good {
			t.Errorf("%v: %v", c.keys[0].id, err)
		}
	}
}

func TestDates(t *testing.T) {
	end := noon.Add(time.Minute)
	raw, _ := at(noon, first).sign(at(noon, first).about(alice, device.id, noon, end))
	for _, c := range []struct {
		now  time.Time
		good bool
	}{
		{noon.Add(-2 * time.Minute), true}, // signed by a replica whose clock is ahead
		{noon, true},
		{end, true},
		{end.Add(leeway - 1), true},
		{end.Add(leeway), false},
		{end.Add(time.Hour), false},
	} {
		if _, err := at(c.now, first).verify(raw); (err == nil) != c.good {
			t.Errorf("at noon + %v: %v", c.now.Sub(noon), err)
		}
	}
	if _, err := at(end.Add(20*24*time.Hour), first).verifyExpired(raw); err != nil {
		t.Error("an old token cannot end its login: ", err)
	}
}

func TestClaims(t *testing.T) {
	v := at(noon, first)
	type with = map[string]string
	for _, good := range []with{
		{},
		{"nbf": "1800000000"},
		{"nbf": "1800000029"},
		{"role": `"admin"`},
		{"name": `"\u003ca\u003e"`},
		{"more": `,"scope":"all"`},
		{"more": `,"auth_time":12 `},
		{"exp": "99999999999"},
	} {
		if _, err := v.verify(forge(first, header(first), payload(good))); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	bad := []with{
		{"iss": `"Authlab"`},
		{"iss": `["authlab"]`},
		{"iss": `1`},
		{"aud": `"authlab"`},
		{"aud": `["authlab-api"]`},
		{"aud": `["authlab-api","x"]`},
		{"role": `"root"`},
		{"role": `"Admin"`},
		{"sub": `1`},
		{"sid": `"short"`},
		{"sid": `"` + strings.Repeat("=", 22) + `"`},
		{"iat": `"1799999999"`},
		{"iat": "0"},
		{"nbf": "1800000031"},
		{"nbf": "0"},
		{"nbf": `"0"`},
		{"nbf": "null"},
		{"exp": "0"},
		{"exp": "-1"},
		{"exp": `"1800000001"`},
		{"exp": "null"},
		{"exp": "1799999000"},
		{"exp": "1800000001.5"},
		{"exp": "1e308"},
		{"exp": "1e999"},
		{"exp": "18e8"},
		{"exp": "9223372036854775807"},
		{"exp": "100000000000"},
		{"exp": "NaN"},
		{"exp": "true"},
		{"exp": "[1800000001]"},
		{"exp": "{}"},
		{"exp": "01800000001"},
	}
	for _, name := range []string{"iss", "aud", "sub", "name", "role", "sid", "jti", "iat", "exp"} {
		bad = append(bad, with{name: ""}, with{name: `""`})
		bad = append(bad, with{"more": `,"` + name + `":"again"`})
		bad = append(bad, with{"more": `,"` + strings.ToUpper(name) + `":"x"`})
	}
	bad = append(bad, with{"more": `,"ſub":"x"`}, with{"more": `,"expires":{"exp":1}`},
		with{"more": `,"\u0065xp":1900000000`}, with{"more": `,"ver":"2"`}, with{"more": `,"ver":0`},
		with{"more": `,"ver":-1`},
		with{"more": `,"VER":2`}, with{"more": `,"ver":2,"ver":3`})
	for _, w := range bad {
		if c, err := v.verify(forge(first, header(first), payload(w))); !errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%v: %+v, %v", w, c, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	v := at(noon, first, second)
	for _, good := range []string{
		header(first), fmt.Sprintf(` {"typ": "at+jwt", "kid": "%s", "alg": "HS256"}`, first.id),
	} {
		if _, err := v.verify(forge(first, good, payload(nil))); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	change := func(old, now string) string { return strings.Replace(header(first), old, now, 1) }
	add := func(member string) string { return change("{", "{"+member+",") }
	for _, bad := range []string{
		`{}`, `{"alg":"HS256"}`, `{"alg":"HS256","typ":"at+jwt"}`, `[]`, `null`, ``, header(alien), header(second),
		change("HS256", "none"), change("HS256", "nOnE"), change("HS256", ""), change("HS256", "hs256"),
		change("HS256", "HS384"),
		change("HS256", "HS512"), change("HS256", "RS256"), change("HS256", "ES256"), change("HS256", "EdDSA"),
		change(`"HS256"`, `["HS256"]`), change("at+jwt", "JWT"), change("at+jwt", "AT+JWT"),
		change("at+jwt", "application/at+jwt"),
		change("at+jwt", "rt+jwt"), change("at+jwt", ""), change(`"typ"`, `"Typ"`), change(`"alg"`, `"ALG"`),
		change(first.id, "../../../dev/null"), change(first.id, "' OR 1=1"), change(first.id, ""),
		change(`"`+first.id+`"`, "1"),
		add(`"crit":["exp"]`), add(`"crit":[]`), add(`"crit":"b64"`), add(`"b64":"false"`), add(`"zip":"DEF"`),
		add(`"cty":"JWT"`),
		add(`"jku":"http://127.0.0.1:1/"`), add(`"x5u":"http://127.0.0.1:1/"`), add(`"jwk":{"kty":"oct","k":"AA"}`),
		add(`"x5c":["AA"]`),
		add(`"alg":"none"`), add(`"alg":"HS256"`), add(`"kid":"` + second.id + `"`), add(`"Alg":"none"`),
	} {
		if c, err := v.verify(forge(first, bad, payload(nil))); !errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%s: %+v, %v", bad, c, err)
		}
	}
}

// TestWrittenHeaders: what sign writes is recognized letter by letter, as the same key that reading it finds.
func TestWrittenHeaders(t *testing.T) {
	for name, alg := range algorithms {
		keys := []key{alg.random(), alg.random()}
		for i := range keys {
			signer := newVerifier(alg, keys[i:], "authlab", "authlab-api", leeway, time.Now)
			raw, err := signer.sign(signer.about(alice, device.id, noon, noon))
			if err != nil {
				t.Fatal(err)
			}
			written, _, _, _ := split(raw)
			v := newVerifier(alg, keys, "authlab", "authlab-api", leeway, time.Now)
			if got := v.byHeader[written].id; got != keys[i].id {
				t.Errorf("%s: key %d is recognized as %q", name, i, got)
			}
			v.byHeader = nil
			if got, err := v.keyOf(written); err != nil || got.id != keys[i].id {
				t.Errorf("%s: key %d is read as %q, %v", name, i, got.id, err)
			}
		}
	}
}

// Each bit of a valid token matters, and no other text stands for the same token.
func TestFlippedBits(t *testing.T) {
	v := at(noon, first)
	good := forge(first, header(first), payload(nil))
	for i := range len(good) {
		for bit := range 8 {
			b := []byte(good)
			b[i] ^= 1 << bit
			if _, err := v.verify(string(b)); err == nil {
				t.Errorf("bit %d of character %d makes no difference", bit, i)
			}
		}
	}
	parts := strings.Split(good, ".")
	for _, bad := range []string{
		"", ".", "..", "...", good + ".", good + "=", good + "\n", "\n" + good, " " + good, good + " ", good + "A",
		good + ".x",
		parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1] + "\n." + parts[2],
		parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + ".." + parts[2], good[:len(good)-1], strings.ToUpper(good),
		strings.Repeat("a", 1<<20), strings.Repeat(".", 1<<20), good + strings.Repeat("A", maxToken),
		`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		if _, err := v.verify(bad); !errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
}

func TestRefreshTokenIsNoAccessToken(t *testing.T) {
	if _, err := at(noon, first).verify(device.encode([]key{first})); err == nil {
		t.Error("it works as one")
	}
}

// golangJWT reads a token as strictly as golang-jwt can be configured to.
func golangJWT(raw string, c jwt.Claims) error {
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
		jwt.WithIssuer("authlab"), jwt.WithAudience("authlab-api"), jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return noon }),
	).ParseWithClaims(raw, c, func(t *jwt.Token) (any, error) {
		for _, k := range []key{first, second} {
			if t.Header["kid"] == k.id {
				return k.verifies, nil
			}
		}
		return nil, errKey
	})
	return err
}

// agree checks that golang-jwt accepts whatever we accept, and sees the same in it.
func agree(t *testing.T, raw string) {
	t.Helper()
	c, err := at(noon, first, second).verify(raw)
	if err != nil {
		return
	}
	var same claims
	if err := golangJWT(raw, &same); err != nil || same != *c {
		t.Errorf("%s: we see %+v, golang-jwt sees %+v, %v", raw, c, same, err)
	}
	if err := golangJWT(raw, jwt.MapClaims{}); err != nil {
		t.Errorf("%s: golang-jwt's map: %v", raw, err)
	}
	if text, _ := json.Marshal(c); !bytes.Contains(text, []byte(`"sub"`)) {
		t.Errorf("%s", text)
	}
}

// FuzzSigned lets the fuzzer write what is signed: the strict reader comes after the signature, and this gets past it.
func FuzzSigned(f *testing.F) {
	f.Add(header(first), payload(nil))
	f.Add(header(second), payload(map[string]string{"nbf": "1", "more": `,"x":"\u003c"`}))
	f.Add(header(first), payload(map[string]string{"more": `,"Exp":1`}))
	f.Add(header(first), payload(map[string]string{"exp": "1e308"}))
	f.Add(`{"alg":"none","typ":"at+jwt"}`, payload(nil))
	f.Fuzz(func(t *testing.T, header, payload string) {
		agree(t, forge(first, header, payload))
		agree(t, forge(second, header, payload))
	})
}

func FuzzToken(f *testing.F) {
	good := forge(first, header(first), payload(nil))
	for _, s := range []string{good, "", "..", good + "=", good + "\n", good + ".x", good[:len(good)-1] + "B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		agree(t, raw)
		if _, err := at(noon, first).verify(raw); err == nil && raw != good {
			t.Errorf("%q was never signed", raw)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	v := newVerifier(algorithms["HS256"], []key{first}, "authlab", "authlab-api", leeway, time.Now)
	u := user.User{ID: "0123456789abcdef0123", Name: "load-000000", Role: user.RoleUser}
	raw, err := v.sign(v.about(u, device.id, time.Now(), time.Now().Add(time.Hour)))
	if err != nil {
		b.Fatal(err)
	}
	remembering := *v
	remembering.cache = newCache(1000)
	r := httptest.NewRequest("GET", "/v1/me", nil)
	r.Header.Set("Authorization", "Bearer "+raw)
	withCookie := httptest.NewRequest("GET", "/v1/me", nil)
	withCookie.AddCookie(&http.Cookie{Name: plainCookie, Value: raw})
	for _, c := range []struct {
		name string
		a    *Authenticator
		r    *http.Request
	}{
		{"ours", &Authenticator{verifier: v, carrier: authorization{}, revoked: expiry{}}, r},
		{"ours, remembered", &Authenticator{verifier: &remembering, carrier: authorization{}, revoked: expiry{}}, r},
		{"ours, remembered, in a cookie", &Authenticator{
			verifier: &remembering, carrier: newCookies(false),
			revoked: expiry{},
		}, withCookie},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.a.Authenticate(nil, c.r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("golang-jwt's parser", func(b *testing.B) {
		parse := straightforward("HS256", first, raw)
		b.ReportAllocs()
		for b.Loop() {
			if err := parse(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// straightforward uses golang-jwt as its documentation does, with the checks that it offers.
func straightforward(alg string, k key, raw string) func() error {
	p := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
		jwt.WithIssuer("authlab"), jwt.WithAudience("authlab-api"))
	return func() error {
		var c claims
		_, err := p.ParseWithClaims(raw, &c, func(*jwt.Token) (any, error) { return k.verifies, nil })
		return err
	}
}
