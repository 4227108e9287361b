package redis

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

// until waits for an event, however long it takes.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a minute without ", what)
		}
	}
}

// TestFailover demotes the Redis while connections to it exist, and later points the address to another one. All kinds
// of commands notice the demotion and find the other Redis, even if only the client's own question notices.
func TestFailover(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"read": func(ctx context.Context, c *Client) error {
			return proven(c.Read(ctx, func(b rueidis.Builder) rueidis.Completed {
				return b.Arbitrary("GETEX").Keys("k").Args("PX", "1000").Build()
			}).Error())
		},
		"reads": func(ctx context.Context, c *Client) error {
			return proven(first(c.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
				return []rueidis.Completed{proof(b), b.Get().Key("k").Build()}
			})))
		},
		"write": func(ctx context.Context, c *Client) error {
			return c.Write(ctx, c.B().Set().Key("k").Value("v").Build())
		},
		"run": func(ctx context.Context, c *Client) error {
			return c.Run(ctx, rueidis.NewLuaScript("return redis.call('SET', KEYS[1], 'v')"), []string{"k"}, nil).Error()
		},
		"wait": func(ctx context.Context, c *Client) error {
			return proven(c.Wait(ctx, c.B().Xread().Block(1).Streams().Key("s").Id("$").Build()).Error())
		},
		"nothing": nil,
	} {
		for kind, plain := range map[string]bool{"pipelined": false, "plain": true} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				failover(t, do, plain)
			})
		}
	}
}

func failover(t *testing.T, do func(context.Context, *Client) error, plain bool) {
	pair := storetest.RedisPair(t, "hunter2")
	c, err := Open(Options{Address: pair.Addr, Password: "hunter2", Plain: plain, AnswerWithin: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if do != nil {
		if err := do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	pair.Demote()
	if do == nil {
		pair.Promote()
		before := pair.Connections()
		if until(t, "a new connection", func() bool { return pair.Connections() > before }); c.Prove(t.Context()) != nil {
			t.Error("the first command meets the demoted Redis")
		}
		return
	}
	// The client's own question may meet the demoted Redis first and close the connections.
	if err := do(t.Context(), c); code(err) != "READONLY" && !errors.Is(err, net.ErrClosed) {
		t.Fatalf("a demoted Redis did it, or: %v", err)
	}
	until(t, "a refusal", func() bool { return code(do(t.Context(), c)) == "READONLY" })
	until(t, "a second refusal", func() bool { return code(do(t.Context(), c)) == "READONLY" }) // over a new connection
	pair.Promote()
	until(t, "success", func() bool { return do(t.Context(), c) == nil })
}

// TestNoReconnectStorm: while a Redis keeps refusing, connections are renewed in rounds, however many callers ask.
func TestNoReconnectStorm(t *testing.T) {
	pair := storetest.RedisPair(t, "")
	c, err := Open(Options{Address: pair.Addr, AnswerWithin: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pair.Demote()
	before, began, refused := pair.Connections(), time.Now(), 0
	for time.Since(began) < 3*turnEvery {
		if err := c.Prove(t.Context()); err == nil {
			t.Fatal("a demoted Redis did it")
		} else if code(err) != "" {
			refused++
		}
	}
	rounds := int(time.Since(began)/turnEvery) + 1
	if made := pair.Connections() - before; made < 1 || made > rounds {
		t.Errorf("%d connections in %d rounds (%d refusals)", made, rounds, refused)
	}
	if refused < 10 {
		t.Errorf("%d refusals show nothing", refused)
	}
}

// TestAnswersThatClose checks the codes of refusals as versions of Redis word them.
func TestAnswersThatClose(t *testing.T) {
	for text, want := range map[string]string{
		"READONLY You can't write against a replica.":                                  "READONLY",
		"READONLY You can't write against a replica. script: 1f, on @user_script:1.":   "READONLY",
		"ERR Error running script (call to f_1f): @user_script:1: -READONLY You can't": "READONLY",
		"ERR Error running script (call to f_1f): @user_script: 1: -OOM command not":   "OOM",
		"MOVED 3999 127.0.0.1:6381":                                                    "MOVED",
		"NOAUTH Authentication required.":                                              "NOAUTH",
		"LOADING Redis is loading":                                                     "LOADING",
		"MASTERDOWN Link with MASTER is":                                               "MASTERDOWN",
		"CLUSTERDOWN Hash slot not served":                                             "CLUSTERDOWN",
		"ERR syntax error":                                                             "syntax",
	} {
		err := refusedWith(t, text)
		if got := code(err); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if code(nil) != "" || code(rueidis.Nil) != "" || code(errors.New("READONLY")) != "" {
		t.Error("what no Redis said has a code")
	}
}

// refusedWith makes a store answer with it.
func refusedWith(t *testing.T, text string) error {
	t.Helper()
	c, err := Open(Options{Address: says(t, "-"+text+"\r\n")})
	if err == nil {
		c.Close()
		t.Fatal("it was refused")
	}
	return err
}

// TestUnfit: a server does not start on a Redis that answers but cannot do the work, and the error says why.
func TestUnfit(t *testing.T) {
	for _, unfit := range storetest.RedisUnfit(t) {
		var f Flags
		fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
		f.Register(fs, "a test")
		if err := fs.Parse([]string{"--redis=" + unfit.URL}); err != nil {
			t.Fatal(err)
		}
		_, err := f.Open(func(ctx context.Context, c *Client) error {
			return c.Write(ctx, c.B().Del().Key("a", "b").Build())
		})
		var u api.Usage
		if !errors.As(err, &u) || !strings.Contains(u.Sentence, unfit.Says) || strings.Contains(u.Sentence, "hunter2") {
			t.Errorf("%s: %v", unfit.What, err)
		}
	}
}

// TestFull: a full Redis is ready, and says so; refusing for any other reason makes it not ready.
func TestFull(t *testing.T) {
	s := storetest.Redis(t, "")
	work := func(ctx context.Context, c *Client) error {
		return c.Write(ctx, c.B().Set().Key("k").Value("v").Build())
	}
	c, err := Open(Options{Address: s.Addr, Rehearsal: work, AnswerWithin: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wants := func(what string, ready, full bool) {
		t.Helper()
		until(t, what, func() bool { return (c.Ready(t.Context()) == nil) == ready && c.Full() == full })
	}
	wants("readiness", true, false)
	s.Do("CONFIG", "SET", "maxmemory", "1")
	wants("readiness of a full Redis", true, true)
	s.Do("CONFIG", "SET", "min-replicas-to-write", "1")
	wants("doubt in a master without replicas", false, false)
	s.Do("CONFIG", "SET", "min-replicas-to-write", "0")
	s.Do("CONFIG", "SET", "maxmemory", "0")
	wants("readiness again", true, false)
	s.Do("ACL", "SETUSER", "default", "-set")
	wants("doubt without the right to set", false, false)
	s.Do("ACL", "SETUSER", "default", "+set")
	wants("readiness with it", true, false)
}
