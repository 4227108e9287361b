package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authlab/servers/api"
	"authlab/servers/user"
)

// accessType is the typ of an access token (RFC 9068): no other kind of token, however well signed, works as one.
const accessType = "at+jwt"

// verifier makes access tokens and checks them. golang-jwt signs, verifies signatures (except HMACs: see macs) and
// validates dates, issuer and audience. Parsing a token is ours: golang-jwt's parser ignores typ and crit, takes the
// last of duplicate names and matches them without case.
type verifier struct {
	alg       algorithm
	keys      []key
	byID      map[string]key
	byHeader  map[string]key // by the header that sign writes, as it stands in a token
	issuer    string
	audience  string
	leeway    time.Duration
	now       func() time.Time
	padded    int            // minimum bytes of claims
	cache     *cache         // nil: every token is verified every time
	validator *jwt.Validator // all but the signature
	expired   *jwt.Validator // the same long after exp, only to end a login
}

func newVerifier(
	alg algorithm, keys []key, issuer, audience string, leeway time.Duration, now func() time.Time,
) *verifier {
	v := &verifier{
		alg: alg, keys: keys, byID: map[string]key{}, byHeader: map[string]key{}, issuer: issuer, audience: audience,
		leeway: leeway, now: now,
	}
	for _, k := range keys {
		v.byID[k.id] = k
		text, _ := json.Marshal(v.header(k)) // strings: cannot fail
		v.byHeader[base64.RawURLEncoding.EncodeToString(text)] = k
	}
	options := func(leeway time.Duration) []jwt.ParserOption {
		return []jwt.ParserOption{
			jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(now),
		}
	}
	v.validator = jwt.NewValidator(options(leeway)...)
	v.expired = jwt.NewValidator(options(100 * 365 * 24 * time.Hour)...)
	return v
}

// about returns the claims of an access token for u's login family, made at a given time and expiring at end. Both use
// the clock that all replicas share, the accounts database's; only accepting a token uses v's own.
func (v *verifier) about(u user.User, family string, made, end time.Time) claims {
	return claims{
		Issuer: v.issuer, Audience: v.audience, Subject: u.ID, Name: u.Name, Role: u.Role,
		Family: family, ID: randomID(), IssuedAt: made.Unix(), Expires: end.Unix(), Version: u.Version,
	}
}

// header is the header of a token that k signs.
func (v *verifier) header(k key) map[string]any {
	return map[string]any{"typ": accessType, "alg": v.alg.method.Alg(), "kid": k.id}
}

// sign makes a token of claims.
func (v *verifier) sign(c claims) (string, error) {
	if v.padded > 0 {
		if err := c.pad(v.padded); err != nil {
			return "", err
		}
	}
	t := jwt.Token{Method: v.alg.method, Header: v.header(v.keys[0]), Claims: &c}
	return t.SignedString(v.keys[0].signs)
}

// randomID is 128 random bits in 22 characters.
func randomID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// verify returns the claims of a token that is valid now. Every error is api.ErrUnauthenticated. The claims may be
// shared with other requests: they are only read.
func (v *verifier) verify(raw string) (*claims, error) {
	if v.cache == nil || len(raw) > maxToken {
		return v.inspect(raw)
	}
	var space [1024]byte // few tokens are longer, and for these append allocates
	digest := sha256.Sum256(append(space[:0], raw...))
	if c := v.cache.get(&digest, v.now(), v.leeway); c != nil {
		return c, nil
	}
	c, err := v.inspect(raw)
	if err == nil {
		v.cache.put(&digest, c)
	}
	return c, err
}

// inspect is verify without the cache.
func (v *verifier) inspect(raw string) (*claims, error) {
	c, err := v.authentic(raw)
	if err == nil {
		err = v.validator.Validate(c)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	}
	return c, nil
}

// verifyExpired is verify for a token that may have expired: its holder may still end the login it belongs to.
func (v *verifier) verifyExpired(raw string) (*claims, error) {
	c, err := v.authentic(raw)
	if err == nil {
		err = v.expired.Validate(c)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	}
	return c, nil
}

var (
	errHeader    = errors.New("not the header of an access token of this server")
	errKey       = errors.New("signed with an unknown key")
	errSignature = errors.New("the signature is wrong")
)

// authentic returns the content of one of our tokens. The payload is not used before the signature is verified.
func (v *verifier) authentic(raw string) (*claims, error) {
	header, payload, signature, err := split(raw)
	if err != nil {
		return nil, err
	}
	k, err := v.keyOf(header)
	if err != nil {
		return nil, err
	}
	mac, err := decode(make([]byte, 0, k.signature+1), signature)
	if err != nil {
		return nil, err
	}
	if len(mac) != k.signature {
		return nil, errSignature
	}
	if !v.alg.verified(k, raw[:len(header)+1+len(payload)], mac) {
		return nil, errSignature
	}
	var space [1024]byte
	text, err := decode(space[:0], payload)
	if err != nil {
		return nil, err
	}
	c := new(claims)
	if err := c.parse(string(text)); err != nil {
		return nil, err
	}
	return c, nil
}

// keyOf finds the key that a header names. The header has exactly typ, alg and kid, as this server writes it: there is
// no crit to understand, and no jku, jwk, x5u or x5c that could bring a key. The key is chosen by kid alone, and the
// algorithm is the key's: alg may only confirm it. A header letter by letter as sign writes it need not be read again.
func (v *verifier) keyOf(header string) (key, error) {
	if k, ok := v.byHeader[header]; ok {
		return k, nil
	}
	var space [256]byte
	text, err := decode(space[:0], header)
	if err != nil {
		return key{}, err
	}
	var typ, alg, kid string
	err = flat(string(text), func(name string, val value) error {
		switch {
		case val.number:
			return errHeader
		case name == "typ":
			typ = val.text
		case name == "alg":
			alg = val.text
		case name == "kid":
			kid = val.text
		default:
			return errHeader
		}
		return nil
	})
	if err != nil {
		return key{}, err
	}
	if typ != accessType || alg != v.alg.method.Alg() {
		return key{}, errHeader
	}
	k, ok := v.byID[kid]
	if !ok {
		return key{}, errKey
	}
	return k, nil
}
