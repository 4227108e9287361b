package credential

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// Config says whom to sign in, and where.
type Config struct {
	Base   string // http URL of a replica or a balancer
	Scheme plan.Scheme
	Users  int
	Key    []byte // of the load users' passwords
	// Parallel is how many sign in at once; 0 is 16.
	Parallel int
}

// SignIn signs the load users in, 0 to Users-1, and returns their credentials in that order. Each is tried once, so that what
// is measured later is known to have been good. The error says which user failed, and how.
func SignIn(ctx context.Context, c Config) ([]Credential, error) {
	u, err := url.Parse(c.Base)
	if err != nil {
		return nil, err
	}
	if c.Parallel == 0 {
		c.Parallel = 16
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	credentials := make([]Credential, c.Users)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(c.Parallel, c.Users) {
		wg.Go(func() {
			d := desk{Config: c, host: u.Host, conn: wire.New(u.Host)}
			defer d.conn.Close()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= c.Users {
					return
				}
				name := userName(i)
				var err error
				if credentials[i], err = d.patiently(ctx, name); err != nil {
					cancel(fmt.Errorf("%s could not sign in at %s: %w", name, c.Base, err))
					return
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return credentials, nil
}

// userName is the name of load user i, as the servers' --load-users creates it.
func userName(i int) string { return fmt.Sprintf("load-%06d", i) }

// password is a load user's: an HMAC of its name, so that neither side has to store it.
func password(key []byte, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

// desk signs one user in after the other over one connection.
type desk struct {
	Config
	host string
	conn *wire.Conn
}

// person is how the servers tell who somebody is.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

// A server that is short of something says 503: nothing was done, and the same request may be sent again. On a machine
// that is busy with something else this happens to one of many thousand logins.
const (
	tries     = 10
	busyPause = 200 * time.Millisecond
)

var errBusy = errors.New("the server is not ready")

// patiently is signIn, again while the server says that it is not ready.
func (d *desk) patiently(ctx context.Context, name string) (c Credential, err error) {
	for range tries {
		if c, err = d.signIn(name); !errors.Is(err, errBusy) {
			return c, err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return c, err
		}
	}
	return c, err
}

func (d *desk) signIn(name string) (Credential, error) {
	if d.Scheme.Carrier == plan.ByName {
		who := person{name, name, "user"}
		return d.try(Credential{User: name, Header: "Authlab-User", Value: who.ID + ";" + who.Name + ";" + who.Role}, who)
	}
	body, err := json.Marshal(map[string]string{"username": name, "password": password(d.Key, name)})
	if err != nil {
		return Credential{}, err
	}
	reply, err := d.conn.Do(fmt.Appendf(nil, "POST /v1/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		d.host, len(body), body))
	if err != nil {
		return Credential{}, err
	}
	if err := refused(reply); err != nil {
		return Credential{}, err
	}
	var answer struct {
		User        person `json:"user"`
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(reply.Body, &answer); err != nil || answer.User.Name != name {
		return Credential{}, fmt.Errorf("the answer is not this user's: %.200s", reply.Body)
	}
	c := Credential{User: name, Header: "Authorization", Value: "Bearer " + answer.AccessToken}
	if d.Scheme.Carrier == plan.ByCookie {
		c.Header, c.Value = "Cookie", cookies(reply)
	}
	if c.Value == "" || c.Value == "Bearer " {
		return Credential{}, fmt.Errorf("the answer carries no %s", d.Scheme.Carrier)
	}
	return d.try(c, answer.User)
}

// refused is what is wrong with an answer whose status is not 200.
func refused(reply wire.Reply) error {
	switch reply.Status {
	case http.StatusOK:
		return nil
	case http.StatusServiceUnavailable:
		return fmt.Errorf("%w: status 503: %.200s", errBusy, reply.Body)
	default:
		return fmt.Errorf("status %d: %.200s", reply.Status, reply.Body)
	}
}

// cookies is the Cookie header that returns everything an answer set: the session's cookie and a sticky balancer's.
func cookies(reply wire.Reply) string {
	var all []byte
	for _, line := range reply.Values("set-cookie") {
		pair, _, _ := bytes.Cut(line, []byte(";"))
		if len(all) > 0 {
			all = append(all, "; "...)
		}
		all = append(all, pair...)
	}
	return string(all)
}

// try asks once who c is, and keeps the answer for comparison. A row that loses logins may already have lost this one: then
// the answer is what the servers of this lab would write.
func (d *desk) try(c Credential, who person) (Credential, error) {
	reply, err := d.conn.Do([]byte("GET /v1/me HTTP/1.1\r\nHost: " + d.host + "\r\n" + c.Header + ": " + c.Value + "\r\n\r\n"))
	if err != nil {
		return Credential{}, err
	}
	if reply.Status == http.StatusUnauthorized && d.Scheme.LosesLogins {
		c.Me, err = json.Marshal(who)
		return c, err
	}
	if reply.Status == http.StatusServiceUnavailable {
		return Credential{}, refused(reply)
	}
	var me person
	if reply.Status != http.StatusOK || json.Unmarshal(reply.Body, &me) != nil || me != who {
		return Credential{}, fmt.Errorf("asked who it is right after, status %d: %.200s", reply.Status, reply.Body)
	}
	c.Me = bytes.Clone(reply.Body)
	return c, nil
}
