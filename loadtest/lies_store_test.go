package main

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestLie3TheStoreIsSlow: a store that answers late makes replicas idle. Their CPU for a request would be printed as
// the cost of a session, and their throughput as what their budgets allow.
func TestLie3TheStoreIsSlow(t *testing.T) {
	t.Setenv("AUTHLAB_REDIS_URL", "redis://"+late(t, store(t), 20*time.Millisecond))
	const unset = "needs CPU budgets, and there are none here"
	var report string
	for range 5 { // a busy machine keeps the control from its budget, and then there is no ratio to it
		report = honest(t, `
name: slow
question: Is the lie noticed?
users: 50
schemes: [session-redis]
demand: {slice: 100ms, rounds: 1, launches: 1, connections: 4}
scaling: {replicas: [1, 2], budget: 0.2, slice: 200ms, rounds: 1, connections: 4}
`)
		if strings.Contains(report, "session-redis answered ") || strings.Contains(report, unset) {
			break
		}
	}
	says(t, report, refused("demand of session-redis, replica", "IDLE-TIER", `the replica was busy \d+\.\d % of the time`))
	if strings.Contains(report, unset) && os.Getenv("CI") != "true" {
		t.Skip("scaling needs CPU budgets, and there are none here")
	}
	says(t, report,
		`the store is not the lab's and has none`,
		`session-redis answered ≥ 0\.\d\d`,
		`no budget was used up for session-redis and nothing shared was full: the replicas waited for something that is `+
			`not CPU, so what they can do stays unknown here`,
		`session-redis × 2: no budget was used up \(the replicas took \d+ % of theirs, the store \d+ %\) and nothing `+
			`that the replicas share was full: `+
			`the rest of the time they waited for something that is not CPU; its throughput is a lower bound\.`)
	silent(t, report, `the replicas themselves were the limit for session-redis`, `\d × with session-redis`)
}

// store starts a store that is external to the lab, and returns its address.
func store(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		program, err = exec.LookPath("valkey-server")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the external store must be a real one: %v", err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(t.Context(), program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir",
		t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() }) // the end of the test's context stops it
	waitFor(t, "the store", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return addr
}

// late forwards connections to addr, and delays every answer. It returns the address to connect to.
func late(t *testing.T, addr string, by time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			go pass(server, client, 0)
			go pass(client, server, by)
		}
	}()
	return l.Addr().String()
}

// pass copies from one connection to the other with a delay, until either ends.
func pass(to, from net.Conn, by time.Duration) {
	type piece struct {
		text []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			text := make([]byte, 32<<10)
			n, err := from.Read(text)
			if err != nil {
				return
			}
			pieces <- piece{text[:n], time.Now().Add(by)}
		}
	}()
	defer to.Close()
	defer from.Close()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.text); err != nil {
			return
		}
	}
}
