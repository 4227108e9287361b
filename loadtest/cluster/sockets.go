package cluster

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"authlab/loadtest/cluster/platform"
)

// sockets are the listening sockets of a balancer's frontends, one for each.
type sockets struct {
	binds []string   // in the form of HAProxy's configuration
	addrs []string   // host:port, as the balancer sees them
	files []*os.File // those that are handed down
}

// firstPort is the port of the first frontend, where a balancer has its own ports; the others follow.
const firstPort = 8001

func (c *Cluster) sockets() (sockets, error) {
	var s sockets
	parent, hands := c.lab.place.(platform.Parent)
	for i := range c.spec.Fronts {
		if !hands {
			port := strconv.Itoa(firstPort + i)
			s.binds = append(s.binds, ":"+port)
			s.addrs = append(s.addrs, net.JoinHostPort(c.lab.host().String(), port))
			continue
		}
		f, addr, err := parent.Listen()
		if err != nil {
			s.close()
			return s, err
		}
		s.binds = append(s.binds, fmt.Sprintf("fd@%d", 3+i))
		s.addrs, s.files = append(s.addrs, addr), append(s.files, f)
	}
	return s, nil
}

func (s sockets) close() {
	for _, f := range s.files {
		f.Close()
	}
}
