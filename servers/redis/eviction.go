package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Eviction is what a Redis says about keys that it drops to make room. A key that nothing touches goes first as a rule,
// so what is seldom read (an index, a revocation) may be gone while what it is for lives on.
//
// It comes from INFO, and not from CONFIG GET, which managed services refuse.
type Eviction struct {
	// Policy is the maxmemory-policy; empty where Redis does not say.
	Policy string
	// Limited says that there is a maxmemory; without one no policy drops anything.
	Limited bool
	// Evicted is how many keys it counts, and Run is who counts: another one after a restart or a failover.
	Evicted, Run string
}

// Lost says whether keys that were there when an earlier answer was given may be missing now.
func (e Eviction) Lost(before Eviction) bool {
	return e.Run != before.Run || e.Evicted != before.Evicted || before.Policy != "" && before.May()
}

// noEviction is the policy that drops nothing: a Redis that is full refuses writes.
const noEviction = "noeviction"

// May says whether Redis may drop a key before its time. Where Redis does not say, it may.
func (e Eviction) May() bool { return e.Policy == "" || e.Limited && e.Policy != noEviction }

// Why says in a few words what May stands on.
func (e Eviction) Why() string {
	if e.Policy == "" {
		return "it does not tell its maxmemory-policy: INFO is refused"
	}
	return "maxmemory-policy " + e.Policy
}

// evictionEvery is how often Redis is asked: its administrator may change the policy while it runs.
const evictionEvery = 10 * time.Second

// Eviction is what Redis said last, at most evictionEvery ago while it answers.
func (c *Client) Eviction() Eviction { return *c.eviction.Load() }

// AskEviction asks Redis now, for callers that cannot do with an older answer.
func (c *Client) AskEviction(ctx context.Context) (Eviction, error) {
	said := c.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		return []rueidis.Completed{
			b.Info().Section("memory").Build(), b.Info().Section("stats").Build(), b.Info().Section("server").Build(),
		}
	})
	var text string
	for _, section := range said {
		part, err := section.ToString()
		switch {
		case err == nil:
			text += part
		case embedded(err):
			text = "maxmemory:0\r\nmaxmemory_policy:" + noEviction + "\r\n"
		case !refused(err):
			return Eviction{}, fmt.Errorf("ask for the eviction policy: %w", err)
		}
	}
	e := evictionOf(text)
	c.eviction.Store(&e)
	return e, nil
}

// evictionOf reads the sections of INFO.
func evictionOf(info string) (e Eviction) {
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "maxmemory_policy":
			e.Policy = value
		case "maxmemory":
			e.Limited = value != "0"
		case "evicted_keys":
			e.Evicted = value
		case "run_id":
			e.Run = value
		}
	}
	return e
}

// embedded tells the error of miniredis, which stands in where no Redis is installed. It has no such sections, and
// drops nothing.
func embedded(err error) bool {
	text := err.Error()
	return strings.Contains(text, "section (memory) is not supported") ||
		strings.Contains(text, "section (server) is not supported")
}

// refused tells an answer that will be the same when it is asked for again: this user may not ask, or the command has
// another name there.
func refused(err error) bool {
	said, ok := rueidis.IsRedisErr(err)
	return ok && (strings.HasPrefix(said.Error(), "NOPERM") || strings.HasPrefix(said.Error(), "ERR unknown command") ||
		strings.HasPrefix(said.Error(), "unknown command"))
}
