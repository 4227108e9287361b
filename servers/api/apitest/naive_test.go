package apitest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// Common token servers, and the check that each fails. The last rows are golang-jwt with all its strict options: a
// server must check the rest itself.
func TestNaiveTokensAreCaught(t *testing.T) {
	skipShort(t)
	for _, c := range []struct {
		name    string
		keys    jwt.Keyfunc // nil: the signature is not checked
		strict  bool
		check   string
		because string // "": it passes
	}{
		{"checks no signature", nil, true, "R08 the signature decides", "flipped"},
		{"takes none for an algorithm", anyKey, true, "R08 a key has one algorithm", `alg "none", without signature`},
		{"takes the key that a token brings", keyFromToken, true, "R08 a token brings", "the attacker's secret"},
		{"fetches the key that a token names", keyFromURL, true, "R08 a token brings", "the server fetched keys"},
		{"has a file for each key", keyFromFile, true, "R08 the name of a key", `kid "/dev/null", signed with ""`},
		{"as tutorials show it", oneKey, false, "R08 the signature decides", ""},
		{"as tutorials show it", oneKey, false, "R09 dates", "exp missing"},
		{"as tutorials show it", oneKey, false, "R09 issuer", `iss "another issuer"`},
		{"as tutorials show it", oneKey, false, "R10 a token has exactly one spelling", "with the last character"},
		{"golang-jwt at its strictest", oneKey, true, "R08 the signature decides", ""},
		{"golang-jwt at its strictest", oneKey, true, "R10 a token has exactly one spelling", ""},
		{"golang-jwt at its strictest", oneKey, true, "R08 a key has one algorithm", "alg twice, the first is none"},
		{"golang-jwt at its strictest", oneKey, true, "R09 dates", "exp past, Exp to come"},
		{"golang-jwt at its strictest", oneKey, true, "R09 issuer", "aud wrong, and right in another case"},
		{"golang-jwt at its strictest", oneKey, true, "R09 an access token", `typ "rt+jwt"`},
		{"golang-jwt at its strictest", oneKey, true, "R10 a token has exactly one form", "large claims"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := named(t, c.check).hold(t, Scheme{
				Name: "naived", Carrier: Bearer, Sign: naiveSign, Within: naiveTTL,
				New: func() api.Scheme { return &naive{keys: c.keys, strict: c.strict} },
			})
			if err == nil != (c.because == "") || err != nil && !strings.Contains(err.Error(), c.because) {
				t.Errorf("%s: %.1000v, want something with %q", c.check, err, c.because)
			}
		})
	}
}

// Defects in checking a key, and what R11 says to each.
func TestCarelessKeysAreCaught(t *testing.T) {
	skipShort(t)
	for _, c := range []struct{ defect, because string }{
		{"", ""},
		{"takes any key", "empty the server starts"},
		{"wants 16 bytes", "a byte short the server starts"},
		{"checks the first key only", "second line the server starts"},
		{"checks the size only", "zeros the server starts"},
		{"trusts the file's group", "the group the server starts"},
		{"makes one up", "no key, where others can reach it the server starts"},
		{"gives no reason", "want 2 and a sentence"},
		{"reveals the key", "it reveals the key"},
	} {
		t.Run(c.defect, func(t *testing.T) {
			t.Parallel()
			err := named(t, "R11").hold(t, Scheme{
				Name: "naived", Carrier: Bearer, Sign: naiveSign, Within: naiveTTL,
				New:  func() api.Scheme { return &careless{naive: naive{keys: oneKey}, defect: c.defect} },
				Args: []string{"--key-file=" + goodKey(t)},
			})
			if err == nil != (c.because == "") || err != nil && !strings.Contains(err.Error(), c.because) {
				t.Errorf("%v, want something with %q", err, c.because)
			}
		})
	}
	keyless := Scheme{Name: "naived", Carrier: Bearer, Sign: naiveSign, New: func() api.Scheme { return &naive{} }}
	if err := named(t, "R11").hold(t, keyless); err == nil {
		t.Error("a scheme that does not say where its key is passes")
	}
}

func goodKey(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "key")
	key := make([]byte, 32)
	rand.Read(key)
	if err := os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// careless is naive with a key file, which it checks as well as its defect allows.
type careless struct {
	naive
	defect, file string
}

func (c *careless) Flags(fs *pflag.FlagSet) { fs.StringVar(&c.file, "key-file", "", "") }

func (c *careless) Open(ctx context.Context, env api.Env) (api.Authenticator, error) {
	if why := c.refuse(env); why != "" && c.defect != "takes any key" {
		if c.defect == "gives no reason" {
			return nil, errors.New("bad key")
		}
		return nil, api.Usage{Sentence: "--key-file: " + why}
	}
	return c.naive.Open(ctx, env)
}

func (c *careless) refuse(env api.Env) (why string) {
	if c.file == "" {
		if env.Loopback || c.defect == "makes one up" {
			return ""
		}
		return "it is needed"
	}
	info, err1 := os.Stat(c.file)
	text, err2 := os.ReadFile(c.file)
	if err := errors.Join(err1, err2); err != nil {
		return err.Error()
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 || mode&0o070 != 0 && c.defect != "trusts the file's group" {
		return "others may read it"
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if i > 0 && c.defect == "checks the first key only" {
			break
		}
		if c.weak(line) {
			if c.defect == "reveals the key" {
				return "weak key " + line
			}
			return "a key is weak"
		}
	}
	return ""
}

func (c *careless) weak(line string) bool {
	least := 32
	if c.defect == "wants 16 bytes" {
		least = 16
	}
	key, err := hex.DecodeString(line)
	if err != nil || len(key) < least {
		return true
	}
	text := strings.Trim(string(key), "abcdefghijklmnopqrstuvwxyz ") == ""
	return (text || strings.Count(string(key), string(key[:1])) == len(key)) && c.defect != "checks the size only"
}

const naiveTTL = time.Minute

var naiveKey = []byte("a key of thirty-two bytes or so.")

func naiveSign(header, payload string) string { return hs256(string(naiveKey), header, payload) }

func oneKey(*jwt.Token) (any, error) { return naiveKey, nil }

// anyKey lets the token choose: even none.
func anyKey(t *jwt.Token) (any, error) {
	if t.Method == jwt.SigningMethodNone {
		return jwt.UnsafeAllowNoneSignatureType, nil
	}
	return naiveKey, nil
}

// keyFromFile reads the file that kid names, and has "main" built in.
func keyFromFile(t *jwt.Token) (any, error) {
	if t.Header["kid"] == "main" {
		return naiveKey, nil
	}
	return os.ReadFile(fmt.Sprint(t.Header["kid"]))
}

func keyFromToken(t *jwt.Token) (any, error) {
	if own, ok := t.Header["jwk"].(map[string]any); ok {
		return base64.RawURLEncoding.DecodeString(fmt.Sprint(own["k"]))
	}
	return naiveKey, nil
}

func keyFromURL(t *jwt.Token) (any, error) {
	url, ok := t.Header["jku"].(string)
	if !ok {
		return naiveKey, nil
	}
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var set struct{ Keys []map[string]string }
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, json.Unmarshal(text, &set)); err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.DecodeString(set.Keys[0]["k"])
}

// naive is a scheme of access tokens and nothing else, verified by golang-jwt alone.
type naive struct {
	keys   jwt.Keyfunc
	strict bool
	now    func() time.Time
}

func (*naive) Flags(*pflag.FlagSet) {}

func (n *naive) Open(_ context.Context, env api.Env) (api.Authenticator, error) {
	n.now = env.Now
	return n, nil
}

func (n *naive) Login(_ http.ResponseWriter, _ *http.Request, u user.User) (api.Grant, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "naive", "aud": "naive", "sub": u.ID, "name": u.Name, "role": u.Role,
		"iat": n.now().Unix(), "exp": n.now().Add(naiveTTL).Unix(),
	})
	t.Header["kid"], t.Header["typ"] = "main", "at+jwt"
	raw, err := t.SignedString(naiveKey)
	p := api.Principal{ID: u.ID, Name: u.Name, Role: u.Role}
	return api.Grant{Principal: p, AccessToken: raw, RefreshToken: "none", ExpiresIn: naiveTTL}, err
}

func (n *naive) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return api.Principal{}, api.ErrUnauthenticated
	}
	options := []jwt.ParserOption{jwt.WithTimeFunc(n.now)}
	if n.strict {
		options = append(options, jwt.WithIssuer("naive"), jwt.WithAudience("naive"), jwt.WithExpirationRequired(),
			jwt.WithStrictDecoding(), jwt.WithValidMethods([]string{"HS256", "none"}))
	}
	var c struct {
		jwt.RegisteredClaims
		Name string
		Role user.Role
	}
	var err error
	if n.keys == nil {
		if _, _, err = jwt.NewParser(options...).ParseUnverified(raw, &c); err == nil {
			err = jwt.NewValidator(options...).Validate(&c)
		}
	} else {
		_, err = jwt.ParseWithClaims(raw, &c, n.keys, options...)
	}
	if err != nil {
		return api.Principal{}, api.ErrUnauthenticated
	}
	return api.Principal{ID: c.Subject, Name: c.Name, Role: c.Role}, nil
}

func (n *naive) Challenge(*http.Request) string { return "Bearer" }

func (n *naive) Refresh(http.ResponseWriter, *http.Request) (api.Grant, error) {
	return api.Grant{}, api.ErrUnauthenticated
}

func (n *naive) Logout(http.ResponseWriter, *http.Request) error  { return nil }
func (n *naive) EndUser(context.Context, string, string) error    { return nil }
func (n *naive) SetRole(context.Context, string, user.Role) error { return nil }
func (n *naive) EffectiveWithin() time.Duration                   { return naiveTTL }
func (n *naive) Ready(context.Context) error                      { return nil }
func (n *naive) Close() error                                     { return nil }
