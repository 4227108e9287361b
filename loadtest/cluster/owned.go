package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// allowed checks a URL that would receive load or questions, and returns its base with the port.
func (t *Target) allowed(ctx context.Context, c TargetConfig, flag, raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil || strings.Contains(u.Hostname(), "%") {
		return "", Misuse(flag + " is of the form http://host:port or https://host:port, and nothing more")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", Misuse(flag + " names a port that does not exist: ports are from 1 to 65535")
	}
	at := net.JoinHostPort(u.Hostname(), port)
	return u.Scheme + "://" + at, t.own(ctx, c, flag, u.Hostname(), at)
}

// lookup finds the addresses of a host; tests replace it to change the answer.
var lookup = net.DefaultResolver.LookupNetIP

// own refuses a host that does not belong to this machine: neither loopback nor a local network of containers. From
// then on the lab reaches the host only at the addresses that it checked, whatever its name resolves to later.
func (t *Target) own(ctx context.Context, c TargetConfig, flag, host, hostport string) error {
	addrs, err := lookup(ctx, "ip", host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err)
		}
		return fmt.Errorf("the address of %s is not known (%w): correct %s", host, err, flag)
	}
	networks := bridgeNetworks("/sys/class/net", interfaces())
	for _, addr := range addrs {
		if !c.Owned && !isOwn(addr.Unmap(), networks) {
			return fmt.Errorf(
				"%s (%s) is neither loopback nor a private network of this machine's own containers, and load may bring down "+
					"what serves others: if it is yours to load, say so with --i-own-this-target", host, addr.Unmap())
		}
	}
	t.pins.Allow(hostport, addrs)
	return nil
}

func isOwn(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return addr.IsLoopback()
}

// interfaces returns this machine's interfaces, with the networks of each.
func interfaces() map[string][]netip.Prefix {
	all := map[string][]netip.Prefix{}
	links, _ := net.Interfaces() // without them, only loopback is known to belong to this machine
	for _, link := range links {
		addrs, _ := link.Addrs()
		for _, addr := range addrs {
			if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
				all[link.Name] = append(all[link.Name], prefix.Masked())
			}
		}
	}
	return all
}

// bridgeNetworks returns the private networks of bridges without hardware: those of containers. sys is the kernel's
// list of interfaces.
func bridgeNetworks(sys string, links map[string][]netip.Prefix) []netip.Prefix {
	var own []netip.Prefix
	for name, prefixes := range links {
		if _, err := os.Stat(filepath.Join(sys, name, "bridge")); err != nil || wired(sys, name) {
			continue
		}
		for _, p := range prefixes {
			if p.Addr().IsPrivate() {
				own = append(own, p)
			}
		}
	}
	return own
}

// wired reports whether a bridge has a member with hardware behind it.
func wired(sys, bridge string) bool {
	members, err := os.ReadDir(filepath.Join(sys, bridge, "brif"))
	for _, m := range members {
		if _, err := os.Stat(filepath.Join(sys, m.Name(), "device")); err == nil {
			return true
		}
	}
	return err != nil
}

// addresses returns the base URLs of every address of a base URL's host. With TLS the certificate names the host, so
// the base URL stays as it is.
func (t *Target) addresses(base string) []string {
	addrs := t.pins.Addrs(hostOf(base))
	if strings.HasPrefix(base, "https:") || len(addrs) == 1 {
		return []string{base}
	}
	var all []string
	for _, addr := range addrs {
		all = append(all, "http://"+addr.String())
	}
	return all
}

// hostOf is the host:port of a base URL.
func hostOf(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return host
}
