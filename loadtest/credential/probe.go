package credential

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/wire"
)

// ProbeConfig says where to end a login, and where it must no longer be accepted.
type ProbeConfig struct {
	Scheme   plan.Scheme
	Replicas []string   // the base URL of each
	Nonce    string     // of their cluster
	Key      []byte     // of the load users' passwords
	Pins     *wire.Pins // unless nil, the addresses of the replicas
	As       []Account  // unless empty, sign in instead of a load user
	TokenKey any        // signs access tokens, in the form that golang-jwt takes
	// SealingKey is the key that seals sessions.
	SealingKey []byte
	Leeway     time.Duration
}

// Probe ends a login in the way that the scheme guarantees, and asks every replica about it before and after. It proves
// that the measured servers authenticate: a server that answers from memory, without checking, still accepts the login.
// The control does not authenticate, so it has no trials.
func Probe(ctx context.Context, c ProbeConfig) ([]record.Trial, error) {
	clients, leave, err := c.clients(ctx)
	defer leave()
	switch {
	case err != nil:
		return nil, err
	case c.Scheme.Guarantee == plan.NoGuarantee:
		return nil, nil
	case !c.Scheme.PerReplica:
		return c.trials(ctx, clients, 0)
	}
	var all []record.Trial
	for i := range clients { // each knows only its own logins
		some, err := c.trials(ctx, clients[i:i+1], i)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// clients returns a login client for each replica; leave closes them.
func (c ProbeConfig) clients(ctx context.Context) (clients []*loginClient, leave func(), err error) {
	var undo []func()
	leave = func() {
		for _, f := range undo {
			f()
		}
	}
	for _, base := range c.Replicas {
		u, err := url.Parse(base)
		if err != nil {
			return nil, leave, err
		}
		d := newLoginClient(Config{Base: base, Scheme: c.Scheme, Key: c.Key, As: c.As, Nonce: c.Nonce, Pins: c.Pins}, u)
		stop := context.AfterFunc(ctx, d.conn.Interrupt)
		undo = append(undo, func() { stop(); d.conn.Close() })
		clients = append(clients, d)
	}
	return clients, leave, nil
}

// trials signs a user in at the first login client, ends that login, and asks all clients about it. Their replicas are
// numbered from first.
func (c ProbeConfig) trials(ctx context.Context, clients []*loginClient, first int) ([]record.Trial, error) {
	login, err := clients[0].patiently(ctx, clients[0].account(0))
	if err != nil {
		return nil, fmt.Errorf("the probe could not sign in at %s: %w", c.Scheme.Name, err)
	}
	end, after := clients[0].logout, login
	forged := c.Scheme.Guarantee == plan.AtExpiry && c.TokenKey == nil && c.SealingKey == nil
	switch {
	case forged: // the lab did not start these servers, so it has no key with which to shorten a login's life
		after = forge(login)
		end = func(context.Context, Credential) error { return nil }
	case c.Scheme.Guarantee == plan.AtExpiry:
		if login, end, err = c.expiring(login); err != nil {
			return nil, err
		}
		after = login
	case c.Scheme.Guarantee == plan.WithinPush:
		end = func(ctx context.Context, login Credential) error {
			if err := clients[0].logout(ctx, login); err != nil {
				return err
			}
			return wait(ctx, c.Scheme.Push)
		}
	}
	trials := make([]record.Trial, len(clients))
	for i, d := range clients {
		trials[i].Replica, trials[i].Forged = first+i, forged
		if trials[i].Before, err = d.status("GET /v1/me", login); err != nil {
			return nil, err
		}
	}
	if err := end(ctx, login); err != nil {
		return nil, err
	}
	for i, d := range clients {
		if trials[i].After, err = d.status("GET /v1/me", after); err != nil {
			return nil, err
		}
	}
	return trials, nil
}

// status sends a request without a body on behalf of c.
func (d *loginClient) status(what string, c Credential) (int, error) {
	reply, err := d.ask(
		[]byte(what + " HTTP/1.1\r\nHost: " + d.host + "\r\nContent-Length: 0\r\n" + c.Header + ": " + c.Value + "\r\n\r\n"))
	if err != nil {
		return 0, fmt.Errorf("the probe got no answer from %s: %w", d.Base, err)
	}
	return reply.Status, nil
}

func (d *loginClient) logout(_ context.Context, c Credential) error {
	status, err := d.status("POST /v1/logout", c)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("the probe could not log out at %s: status %d", d.Base, status)
	}
	return err
}

// expiring returns the login with an expiry that is a second or two away, including leeway, and a function that waits
// for it. The logins that servers issue outlive the run.
func (c ProbeConfig) expiring(login Credential) (Credential, func(context.Context, Credential) error, error) {
	if c.Scheme.Sealed {
		return c.resealed(login)
	}
	return c.resigned(login)
}

// resigned is expiring for a token, which it signs again with the servers' own key.
func (c ProbeConfig) resigned(login Credential) (Credential, func(context.Context, Credential) error, error) {
	claims := jwt.MapClaims{}
	start := strings.LastIndexAny(login.Value, " =") + 1 // after "Bearer ", or a cookie's name
	token, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(login.Value[start:], claims)
	if err != nil {
		return login, nil, fmt.Errorf("the probe cannot read an access token of %s: %w", c.Scheme.Name, err)
	}
	until := time.Now().Truncate(time.Second).Add(2 * time.Second)
	claims["exp"] = until.Add(-c.Leeway).Unix()
	for _, name := range []string{"iat", "nbf"} {
		if _, ok := claims[name]; ok {
			claims[name] = until.Add(-time.Hour).Unix()
		}
	}
	signed, err := token.SignedString(c.TokenKey)
	if err != nil {
		return login, nil, fmt.Errorf("the probe cannot sign a token of %s: %w", c.Scheme.Name, err)
	}
	login.Value = login.Value[:start] + signed
	return login, func(ctx context.Context, _ Credential) error {
		return wait(ctx, time.Until(until)+time.Millisecond)
	}, nil
}

// forge changes one character in the middle of a login's proof: the last part of a token, or of the longest cookie. If
// that part is empty, forge adds one.
func forge(login Credential) Credential {
	longest := 0
	for _, word := range strings.Fields(login.Value) {
		longest = max(longest, len(word))
	}
	var words []string
	for _, word := range strings.Fields(login.Value) {
		if len(word) == longest {
			proof := strings.LastIndexAny(strings.TrimRight(word, "=;"), "=.") + 1
			middle := (proof + len(word)) / 2
			other := byte('A')
			if middle < len(word) && word[middle] == other {
				other = 'B'
			}
			word = word[:middle] + string(other) + word[min(middle+1, len(word)):]
		}
		words = append(words, word)
	}
	login.Value = strings.Join(words, " ")
	return login
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
