package token

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authlab/servers/api"
	"authlab/servers/user"
)

// claims are the content of an access token (RFC 9068, with the name and role that the API answers with).
type claims struct {
	Issuer    string    `json:"iss"`
	Audience  string    `json:"aud"`
	Subject   string    `json:"sub"` // the account's ID
	Name      string    `json:"name"`
	Role      user.Role `json:"role"`
	Family    string    `json:"sid"` // the refresh family: this device's login
	ID        string    `json:"jti"`
	IssuedAt  int64     `json:"iat"` // seconds since 1970, as the next two
	NotBefore int64     `json:"nbf,omitempty"`
	Expires   int64     `json:"exp"`
	// Version is the account's when it had Role: a role change applies to tokens with earlier versions.
	Version int64 `json:"ver,omitempty"`
	// Generation is the family's, where the access token renews itself.
	Generation int64 `json:"gen,omitempty"`
	// Padding stands for what other services put into their tokens. It is not used.
	Padding string `json:"pad,omitempty"`
}

// pad makes the claims as many bytes of JSON, if they are fewer.
func (c *claims) pad(bytes int) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if n := bytes - len(text) - len(`,"pad":""`); n > 0 {
		c.Padding = strings.Repeat("x", n)
	}
	return nil
}

func (c *claims) principal() api.Principal {
	return api.Principal{ID: c.Subject, Name: c.Name, Role: c.Role, Device: c.Family}
}

var errClaims = errors.New("a claim is missing, of the wrong type or out of range")

// parse reads claims strictly: each of ours once, in its exact case and type. Others are ignored, so that a version
// which adds one can run beside this one. But a name that differs from ours in case only is an error, since golang-jwt
// and others would take it for ours.
func (c *claims) parse(payload string) error {
	err := flat(payload, func(name string, v value) error {
		var text *string
		var date *int64 // or another whole number
		switch name {
		case "iss":
			text = &c.Issuer
		case "aud":
			text = &c.Audience
		case "sub":
			text = &c.Subject
		case "name":
			text = &c.Name
		case "role":
			text = (*string)(&c.Role)
		case "sid":
			text = &c.Family
		case "jti":
			text = &c.ID
		case "iat":
			date = &c.IssuedAt
		case "nbf":
			date = &c.NotBefore
		case "exp":
			date = &c.Expires
		case "ver":
			date = &c.Version
		case "gen":
			date = &c.Generation
		default:
			return notOurs(name)
		}
		if text != nil {
			*text = v.text
			return check(!v.number && v.text != "")
		}
		*date, _ = strconv.ParseInt(v.text, 10, 64) // at most 15 digits
		return check(v.number && *date > 0 && *date < farFuture)
	})
	if err != nil {
		return err
	}
	return check(c.Issuer != "" && c.Audience != "" && c.Subject != "" && c.Name != "" && c.ID != "" &&
		c.IssuedAt > 0 && c.Expires > 0 && validFamily(c.Family) && (c.Role == user.RoleUser || c.Role == user.RoleAdmin))
}

// farFuture is the year 5138: a date beyond it is a mistake, or an attempt to overflow one.
const farFuture = 100_000_000_000

func check(ok bool) error {
	if !ok {
		return errClaims
	}
	return nil
}

func notOurs(name string) error {
	for _, ours := range [...]string{
		"iss", "aud", "sub", "name", "role", "sid", "jti", "iat", "nbf", "exp", "ver",
		"gen",
	} {
		if strings.EqualFold(name, ours) {
			return errTwice
		}
	}
	return nil
}

// The methods of jwt.Claims, for golang-jwt's validator.

// GetExpirationTime implements jwt.Claims.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return date(c.Expires), nil }

// GetIssuedAt implements jwt.Claims.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) { return date(c.IssuedAt), nil }

// GetNotBefore implements jwt.Claims.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) { return date(c.NotBefore), nil }

// GetIssuer implements jwt.Claims.
func (c *claims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetSubject implements jwt.Claims.
func (c *claims) GetSubject() (string, error) { return c.Subject, nil }

// GetAudience implements jwt.Claims.
func (c *claims) GetAudience() (jwt.ClaimStrings, error) { return jwt.ClaimStrings{c.Audience}, nil }

func date(seconds int64) *jwt.NumericDate {
	if seconds == 0 {
		return nil
	}
	return &jwt.NumericDate{Time: time.Unix(seconds, 0)}
}
