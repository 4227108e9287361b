package cluster

import (
	"net"
	"net/url"
	"strings"

	"authlab/loadtest/wire"
)

// redisAt is where a store is, and as whom it is asked.
type redisAt struct {
	addr           string
	user, password string     // "" where it has none
	pins           *wire.Pins // where addr is reached; nil: wherever it is
}

// storeAt reads redis://[[user]:password@]host:port, Redis' usual port where none is given. ok is false for any other
// text, which is not repeated: there may be a password in it.
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

// url is where it is, as servers are told: they read the password from a file, because every user of the machine sees
// command lines.
func (s redisAt) url() string {
	u := url.URL{Scheme: "redis", Host: s.addr}
	if s.user != "" {
		u.User = url.User(s.user)
	}
	return u.String()
}
