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
	"slices"
	"strings"
)

// allowed checks a URL that load or questions would go to, and returns its base with the port.
func (c TargetConfig) allowed(ctx context.Context, flag, raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("%s is of the form http://host:port or https://host:port, and nothing more", flag)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port), c.own(ctx, flag, u.Hostname())
}

// own refuses a host that is not this machine's own: loopback, or a network of containers here.
func (c TargetConfig) own(ctx context.Context, flag, host string) error {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err)
		}
		return fmt.Errorf("the address of %s is not known (%w): correct %s", host, err, flag)
	}
	if c.Owned {
		return nil
	}
	networks := containerNetworks("/sys/class/net", interfaces())
	for _, addr := range addrs {
		if !isOwn(addr.Unmap(), networks) {
			return fmt.Errorf("%s (%s) is neither loopback nor a private network of this machine's own containers, and load may bring down "+
				"what serves others: if it is yours to load, say so with --i-own-this-target", host, addr.Unmap())
		}
	}
	return nil
}

// here reports whether a host is this machine.
func (TargetConfig) here(ctx context.Context, host string) bool {
	addrs, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	return slices.ContainsFunc(addrs, netip.Addr.IsLoopback)
}

func isOwn(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return addr.IsLoopback()
}

// interfaces are this machine's, with the networks that each is on.
func interfaces() map[string][]netip.Prefix {
	all := map[string][]netip.Prefix{}
	links, _ := net.Interfaces() // without them nothing but loopback is known to be this machine's own
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

// containerNetworks are the private networks of bridges that lead to no wire: those that container engines make. sys is the kernel's
// list of interfaces.
func containerNetworks(sys string, links map[string][]netip.Prefix) []netip.Prefix {
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

// addresses are the base URLs of every address of a base URL's host. Over TLS a certificate is of the name, so that it stays one.
func addresses(ctx context.Context, base string) []string {
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "https" {
		return []string{base}
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(addrs) == 1 {
		return []string{base}
	}
	var all []string
	for _, addr := range addrs {
		all = append(all, "http://"+net.JoinHostPort(addr.Unmap().String(), u.Port()))
	}
	return all
}
