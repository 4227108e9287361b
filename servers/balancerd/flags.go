package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"authlab/servers/balancer"
)

// flags registers the flags and returns a function that reads them once they are parsed.
func flags(fs *pflag.FlagSet) func() (balancer.Config, error) {
	c := balancer.Default()
	frontends := fs.StringArray("frontend", []string{"addr=127.0.0.1:8090"},
		"address to listen on as addr=HOST:PORT, with ;first=I;size=N over N replicas only, from the one with index I (0) "+
			"on; may be repeated; port 0 picks one and prints it")
	backends := fs.StringArray("backend", nil, "base URL of a replica, http://host:port; repeated, in order")
	balance := fs.String("balance", string(c.Policy), "how to choose a replica: round-robin, least-connections or "+
		"sticky (by cookie)")
	fs.StringVar(&c.CheckPath, "check-path", c.CheckPath, "path that a replica which can serve answers with 200")
	fs.DurationVar(&c.CheckInterval, "check-interval", c.CheckInterval, "time between two checks of a replica")
	fs.DurationVar(&c.Connect, "connect-timeout", c.Connect, "how long a connection to a replica may take")
	fs.DurationVar(&c.Answer, "answer-timeout", c.Answer, "how long a replica may take until it begins its answer")
	fs.DurationVar(&c.Shutdown, "shutdown-timeout", c.Shutdown,
		"how long requests in flight may take after SIGTERM; stalled clients are cut after half of it")
	fs.IntVar(&c.MaxConns, "max-connections", c.MaxConns,
		"maximum of open connections to each frontend; one more closes the longest idle one, or else one "+
			"whose client stalls; if all are busy, it waits")
	return func() (balancer.Config, error) {
		c.Policy = balancer.Policy(*balance)
		for _, text := range *backends {
			u, err := url.Parse(text)
			if err != nil || u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
				return c, fmt.Errorf("--backend %q is not of the form http://host:port", text)
			}
			c.Backends = append(c.Backends, u)
		}
		for _, text := range *frontends {
			f, err := frontend(text, len(c.Backends))
			if err != nil {
				return c, err
			}
			c.Frontends = append(c.Frontends, f)
		}
		return c, nil
	}
}

// frontend reads addr=HOST:PORT;first=I;size=N. Without a size it is over all replicas from the first on.
func frontend(text string, all int) (balancer.Frontend, error) {
	var f balancer.Frontend
	wrong := fmt.Errorf("--frontend %q is not of the form addr=HOST:PORT;first=I;size=N", text)
	sized := false
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "addr":
			f.Addr = value
		case "first", "size":
			n, err := strconv.Atoi(value)
			if err != nil {
				return f, wrong
			}
			if key == "first" {
				f.First = n
			} else {
				f.Size, sized = n, true
			}
		default:
			return f, wrong
		}
	}
	if f.Addr == "" {
		return f, wrong
	}
	if !sized {
		f.Size = all - f.First
	}
	return f, nil
}
