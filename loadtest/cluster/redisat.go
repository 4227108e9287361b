package cluster

import (
	"net"
	"net/url"
	"strings"

	"authlab/loadtest/wire"
)

// redisAt is the address of a store, and the account that asks it.
type redisAt struct {
	addr           string
	user, password string     // "" where it has none
	pins           *wire.Pins // the addresses at which addr is reached; nil allows any
}

// storeAt parses redis://[[user]:password@]host:port, with Redis' usual port as the default. ok is false for any other
// text. That text is not repeated, because it may contain a password.
func storeAt(raw string) (s redisAt, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "redis" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" {
		return s, false
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	s.addr, s.user = net.JoinHostPort(u.Hostname(), port), u.User.Username()
	s.password, _ = u.User.Password()
	return s, true
}

// host is the name or address that was given.
func (s redisAt) host() string {
	host, _, _ := net.SplitHostPort(s.addr)
	return host
}

// url is the store's URL, for servers. They read the password from a file, because every user of the machine can read
// command lines.
func (s redisAt) url() string {
	u := url.URL{Scheme: "redis", Host: s.addr}
	if s.user != "" {
		u.User = url.User(s.user)
	}
	return u.String()
}
