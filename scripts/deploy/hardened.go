package deploy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Container is what an engine tells about one.
type Container struct {
	Name  string
	State struct {
		Pid    int
		Health struct{ Status string }
	}
	HostConfig struct {
		ReadonlyRootfs, Privileged bool
		Memory                     int64
	}
	NetworkSettings struct {
		Ports map[string][]struct{ HostIP, HostPort string }
	}
}

// Containers are those that run on an engine, which the command speaks to, and that the filter finds.
func (o *Operator) Containers(docker []string, filter string) (all []Container) {
	o.T.Helper()
	ids := strings.Fields(o.Run(slices.Concat(docker, []string{"ps", "--quiet", "--filter", filter})...))
	if len(ids) == 0 {
		return nil
	}
	if err := json.Unmarshal([]byte(o.Run(slices.Concat(docker, []string{"inspect"}, ids)...)), &all); err != nil {
		o.T.Fatal(err)
	}
	return all
}

// contained are what the kernel says of a process that is not root, cannot become another user and has no capability.
var contained = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^Uid:(\t[1-9]\d*){4}$`),
	regexp.MustCompile(`(?m)^NoNewPrivs:\t1$`),
	regexp.MustCompile(`(?m)^CapBnd:\t0+$`),
}

// Hardened sees that a container may do no more than it needs. The command at, if any, runs others where the engine
// runs.
func (o *Operator) Hardened(c Container, at ...string) {
	o.T.Helper()
	if h := c.HostConfig; h.Privileged || !h.ReadonlyRootfs || h.Memory == 0 {
		o.T.Errorf("%s may do more than it needs: %+v", c.Name, h)
	}
	status := o.Run(slices.Concat(at, []string{"cat", fmt.Sprintf("/proc/%d/status", c.State.Pid)})...)
	for _, want := range contained {
		if !want.MatchString(status) {
			o.T.Errorf("%s may do more than it needs: no %s in\n%s", c.Name, want, status)
		}
	}
}
