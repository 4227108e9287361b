package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Eviction is what a Redis says about keys that it drops to make room. It usually drops the least recently used first,
// so a rarely read key (an index, a revocation) may be gone while the login that it protects lives on.
//
// It comes from INFO, not from CONFIG GET, which managed services refuse.
type Eviction struct {
	// Policy is the maxmemory-policy; empty where Redis does not say.
	Policy string
	// Limited reports a maxmemory; without one no policy drops anything.
	Limited bool
	// Evicted is how many keys Redis counts as dropped, and Flushed how often it counts that all were deleted. Run
	// identifies the process that counts: another one after a restart or a failover.
	Evicted, Flushed, Run string
}

// Lost reports whether keys that existed at an earlier answer may be missing now.
func (e Eviction) Lost(before Eviction) bool {
	return e.Run != before.Run || e.Evicted != before.Evicted || e.Flushed != before.Flushed ||
		before.Policy != "" && before.May()
}

// noEviction is the policy that drops nothing: a Redis that is full refuses writes.
const noEviction = "noeviction"

// May reports whether Redis may drop a key before its time. If Redis does not say, it may.
func (e Eviction) May() bool { return e.Policy == "" || e.Limited && e.Policy != noEviction }

// Why explains May in a few words.
func (e Eviction) Why() string {
	if e.Policy == "" {
		return "it does not tell its maxmemory-policy: INFO is refused"
	}
	return "maxmemory-policy " + e.Policy
}

// evictionEvery is how often Redis is asked: its administrator may change the policy while it runs. One that may drop
// keys is asked every askEvery.
const evictionEvery = 10 * time.Second

// Eviction returns Redis's last answer, at most evictionEvery old while Redis answers.
func (c *Client) Eviction() Eviction { return *c.eviction.Load() }

// AskEviction asks Redis now, for callers for whom an older answer will not do.
func (c *Client) AskEviction(ctx context.Context) (Eviction, error) {
	said := c.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		return []rueidis.Completed{
			b.Info().Section("memory").Build(), b.Info().Section("stats").Build(), b.Info().Section("server").Build(),
			b.Info().Section("commandstats").Build(),
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

// evictionOf parses the sections of INFO.
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
		case "cmdstat_flushall", "cmdstat_flushdb":
			calls, _, _ := strings.Cut(value, ",") // calls=1
			e.Flushed += name + ":" + calls + " "
		}
	}
	return e
}

// embedded recognises the error of miniredis, the stand-in where no Redis is installed. It has no such sections, and
// drops nothing.
func embedded(err error) bool {
	_, rest, found := strings.Cut(err.Error(), "section (")
	return found && strings.Contains(rest, ") is not supported")
}

// refused recognises a refusal that will not change on another try: this user may not ask, or the command is renamed.
func refused(err error) bool {
	said, ok := rueidis.IsRedisErr(err)
	return ok && (strings.HasPrefix(said.Error(), "NOPERM") || strings.HasPrefix(said.Error(), "ERR unknown command") ||
		strings.HasPrefix(said.Error(), "unknown command"))
}
