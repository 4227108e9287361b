package report

import (
	"testing"

	"github.com/spf13/pflag"

	"authlab/loadtest/plan"
	"authlab/servers/session"
	"authlab/servers/token"
)

// TestLifetimesAreTheServers: the first screen says how long an ended login works at most, and the servers decide that.
func TestLifetimesAreTheServers(t *testing.T) {
	tokens, sessions := pflag.NewFlagSet("tokend", 0), pflag.NewFlagSet("sessiond", 0)
	token.NewScheme().Flags(tokens)
	session.NewScheme().Flags(sessions)
	for _, c := range []struct {
		flags *pflag.FlagSet
		name  string
		here  string
	}{
		{tokens, "access-ttl", accessLifetime.String()},
		{tokens, "leeway", plan.Leeway.String()},
		{sessions, "session-absolute", sealedLifetime.String()},
	} {
		if flag := c.flags.Lookup(c.name); flag == nil || flag.DefValue != c.here {
			t.Errorf("--%s is %+v at the servers, and reports say %s", c.name, flag, c.here)
		}
	}
}
