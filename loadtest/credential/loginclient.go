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
	"strings"
	"time"

	"authlab/loadtest/jar"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// userName is the name of load user i, as the servers' --load-users creates it.
func userName(i int) string { return fmt.Sprintf("load-%06d", i) }

// password returns a load user's password: an HMAC of the name, so that neither side has to store it.
func password(key []byte, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

// account returns the account that signs in as the user with that index.
func (c Config) account(i int) Account {
	if len(c.As) > 0 {
		return c.As[(c.First+i)%len(c.As)]
	}
	return LoadAccount(c.Key, c.First+i)
}

// LoadAccount is load user i, under the key that the servers were started with.
func LoadAccount(key []byte, i int) Account {
	name := userName(i)
	return Account{name, password(key, name)}
}

// loginClient signs users in one after the other, over one connection.
type loginClient struct {
	Config
	host string
	conn *wire.Conn

	signed int  // users so far
	plain  bool // the last user that was tried received the answer in the form that this package would write
}

func newLoginClient(c Config, at *url.URL) *loginClient {
	d := &loginClient{Config: c, host: at.Host, conn: wire.New(at.Host)}
	if at.Scheme == "https" {
		d.conn = wire.NewSecure(at.Host, nil)
	}
	d.conn.Pin(c.Pins)
	return d
}

// person is the servers' description of a user.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

// A server that is short of a resource answers 503: it did nothing, and the same request may be sent again. On a
// machine that is busy with other work, this happens to one of many thousand logins.
const (
	tries     = 10
	busyPause = 200 * time.Millisecond
)

// ErrBusy says that a server kept answering 503: it is not ready.
var ErrBusy = errors.New("the server is not ready")

// patiently calls signIn, and repeats it while the server says that it is not ready.
func (d *loginClient) patiently(ctx context.Context, a Account) (c Credential, err error) {
	for range tries {
		if c, err = d.signIn(a); !errors.Is(err, ErrBusy) {
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

func (d *loginClient) signIn(a Account) (Credential, error) {
	if d.Scheme.Carrier == plan.ByName {
		who := person{a.Name, a.Name, "user"}
		return d.expect(Credential{User: a.Name, Header: "Authlab-User", Value: who.ID + ";" + who.Name + ";" + who.Role},
			who)
	}
	c, who, err := d.logIn(a)
	if err != nil {
		return Credential{}, err
	}
	return d.expect(c, who)
}

// logIn sends the login, and returns the credential and its user.
func (d *loginClient) logIn(a Account) (Credential, person, error) {
	body, err := json.Marshal(map[string]string{"username": a.Name, "password": a.Password})
	if err != nil {
		return Credential{}, person{}, err
	}
	reply, err := d.ask(fmt.Appendf(nil, "POST /v1/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", d.host, len(body), body))
	if err != nil {
		return Credential{}, person{}, err
	}
	if err := refused(reply); err != nil {
		return Credential{}, person{}, err
	}
	var answer struct {
		User        person `json:"user"`
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(reply.Body, &answer); err != nil { // the body may hold a credential, so it is not shown
		return Credential{}, person{}, fmt.Errorf("this is not the answer to a login: %s", message.Shown(err.Error()))
	}
	if answer.User.Name != a.Name {
		return Credential{}, person{}, fmt.Errorf("the answer is for the user %.100q", answer.User.Name)
	}
	c := Credential{User: a.Name, Header: "Authorization", Value: "Bearer " + answer.AccessToken}
	if d.Scheme.Carrier == plan.ByCookie {
		c.Header, c.Value = "Cookie", cookies(reply)
	}
	if c.Value == "" || c.Value == "Bearer " {
		return Credential{}, person{}, fmt.Errorf("the answer carries no %s", d.Scheme.Carrier)
	}
	// otherwise it could end the header, and the request
	if strings.ContainsFunc(c.Value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return Credential{}, person{}, fmt.Errorf("the answer carries a %s that no header can hold", d.Scheme.Carrier)
	}
	return c, answer.User, nil
}

// refused says what is wrong with an answer whose status is not 200, and what to do. Such an answer holds no
// credential.
func refused(reply wire.Reply) error {
	body := message.Shown(reply.Body)
	switch reply.Status {
	case http.StatusOK:
		return nil
	case http.StatusServiceUnavailable:
		return fmt.Errorf("%w: status 503: %s", ErrBusy, body)
	case http.StatusUnauthorized:
		const hint = "the password is wrong: see the file of users, or start the servers with the same --load-key-file " +
			"and enough --load-users"
		return fmt.Errorf("status 401; %s: %s", hint, body)
	case http.StatusTooManyRequests:
		return fmt.Errorf("status 429; too many logins failed here before, restart the servers: %s", body)
	}
	if to := reply.Values("location"); len(to) > 0 {
		return fmt.Errorf("status %d, which leads to %.200q: no redirect is followed, so name the server that "+
			"answers itself",
			reply.Status, to[0])
	}
	return fmt.Errorf("status %d: %s", reply.Status, body)
}

// ask sends one request and checks that one of the lab's own replicas answered.
func (d *loginClient) ask(request []byte) (wire.Reply, error) {
	reply, err := d.conn.Do(request)
	if lack := wire.Lack(err); lack != "" {
		return reply, errors.New(lack)
	}
	if err != nil {
		return reply, err
	}
	// A balancer without a replica to ask answers itself, without the header; its status says so.
	if d.Nonce != "" && reply.Status == http.StatusOK && !bytes.HasPrefix(reply.Replica, []byte(d.Nonce+"-")) {
		return reply, fmt.Errorf("the answer came from %.100q, which is none of this lab's replicas (%s-0 and on)",
			reply.Replica, d.Nonce)
	}
	return reply, nil
}

// cookies returns the Cookie header for the measured requests. It returns everything that an answer set for them: the
// session's cookie and a sticky balancer's. Like any client, it leaves out a cookie for another path, such as the one
// that marks a device at login.
func cookies(reply wire.Reply) string {
	var all []byte
	for _, line := range reply.Values("set-cookie") {
		if c, err := http.ParseSetCookie(string(line)); err == nil && !jar.PathMatches("/v1/me", c.Path) {
			continue
		}
		pair, _, _ := bytes.Cut(line, []byte(";"))
		if len(all) > 0 {
			all = append(all, "; "...)
		}
		all = append(all, pair...)
	}
	return string(all)
}

// tryEvery is how many users share one trial where the answers are predictable.
const tryEvery = 16

// expect finds out how the server answers c's user, and keeps the answer for comparison. Trying every user would double
// the time of sign-in for many thousand users, and the load checks every answer anyway. So one of several users is
// tried. A server that writes its answers in a form of its own is asked for each user, to learn the answer.
func (d *loginClient) expect(c Credential, who person) (Credential, error) {
	d.signed++
	me, err := json.Marshal(who)
	if err != nil {
		return Credential{}, err
	}
	if d.plain && d.signed%tryEvery != 0 {
		c.Me = me
		return c, nil
	}
	c, err = d.try(c, who)
	d.plain = err == nil && bytes.Equal(c.Me, me)
	return c, err
}

// try asks once who c is, and keeps the answer. A scheme that loses logins may already have lost this one: then the
// answer is what the servers of this lab would write.
func (d *loginClient) try(c Credential, who person) (Credential, error) {
	reply, err := d.ask([]byte("GET /v1/me HTTP/1.1\r\nHost: " + d.host + "\r\n" + c.Header + ": " + c.Value + "\r\n\r\n"))
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
		return Credential{}, fmt.Errorf("asked who it is right after, status %d: %s", reply.Status,
			message.Shown(reply.Body))
	}
	c.Me = bytes.Clone(reply.Body)
	return c, nil
}
