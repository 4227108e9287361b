package tape

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// redis starts one of the test's own on a Unix socket.
func redis(t *testing.T) Dial {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("missing here, where everything must be present: redis-server")
	case err != nil:
		t.Skip("missing: redis-server")
	}
	folder, err := os.MkdirTemp("", "tape-") // t.TempDir's path may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "s")
	server := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	dial := func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "unix", socket) }
	for {
		conn, err := dial(t.Context())
		if err == nil {
			conn.Close()
			return dial
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// client sends commands and reads their answers.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func newClient(t *testing.T, dial Dial) *client {
	t.Helper()
	conn, in, err := connect(t.Context(), dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn, in}
}

func (c *client) say(words ...string) {
	c.t.Helper()
	if err := say(c.conn, c.in, words...); err != nil {
		c.t.Fatal(err)
	}
}

// stat reads one of Redis's counters.
func (c *client) stat(name string) (n int) {
	c.t.Helper()
	if _, err := c.conn.Write(encode([][]byte{[]byte("INFO"), []byte("stats")})); err != nil {
		c.t.Fatal(err)
	}
	head, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	var bytes int
	fmt.Sscan(head[1:], &bytes)
	text := make([]byte, bytes+2)
	if _, err := io.ReadFull(c.in, text); err != nil {
		c.t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), name+":")
	if _, err := fmt.Sscan(after, &n); err != nil || !ok {
		c.t.Fatalf("%s is not in %s: %v", name, text, err)
	}
	return n
}

// users are the requests of a recording: each asks for its session, and one in two hundred asks how the store is.
const users = 400

func recorded(t *testing.T, dial Dial) *Tape {
	t.Helper()
	c := newClient(t, dial)
	for i := range users {
		c.say("SET", fmt.Sprint("session-", i), "a\r\nb")
	}
	tape, err := Record(t.Context(), dial, func() (uint64, error) {
		for i := range users {
			c.say("GETEX", fmt.Sprint("session-", i), "PX", "1800000")
			if i%200 == 0 {
				c.say("TIME")
			}
		}
		return users, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

// TestReplay: a replay asks for the keys of the recording, all of which are found, in batches of the size asked for.
func TestReplay(t *testing.T) {
	dial := redis(t)
	tape := recorded(t, dial)
	if tape.Commands() != users || tape.Requests() != users || tape.commands[0].name != "GETEX" {
		t.Fatalf("%d commands of %d requests, the first is %q", tape.Commands(), tape.Requests(), tape.commands[0].text)
	}
	player, err := tape.Player(t.Context(), dial, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer player.Close()
	c := newClient(t, dial)
	for _, depth := range []float64{1, 2.5, 7} {
		found, reads, batches := c.stat("keyspace_hits"), c.stat("total_reads_processed"), player.batches
		count, err := player.Play(t.Context(), depth, time.Millisecond)
		if err != nil || count.Failed > 0 {
			t.Fatalf("%+v, %v", count, err)
		}
		batches = player.batches - batches
		if mean := float64(count.Commands) / float64(batches); math.Abs(mean-depth) > 1/float64(batches) {
			t.Errorf("%g commands in a batch, want %g", mean, depth)
		}
		if n := c.stat("keyspace_hits") - found; uint64(n) != count.Commands {
			t.Errorf("%d keys were found, and %d asked for", n, count.Commands)
		}
		// Reading the counters is two reads besides.
		if n := c.stat("total_reads_processed") - reads; n != batches+2 {
			t.Errorf("Redis read %d times, and %d batches were sent", n, batches)
		}
	}
}

// TestReplayOfGoneKeys: when the keys are gone, no answer is an error, and Redis's own count tells.
func TestReplayOfGoneKeys(t *testing.T) {
	dial := redis(t)
	player, err := recorded(t, dial).Player(t.Context(), dial, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer player.Close()
	c := newClient(t, dial)
	c.say("FLUSHALL")
	found := c.stat("keyspace_hits")
	count, err := player.Play(t.Context(), 3, time.Millisecond)
	if err != nil || count.Failed > 0 || count.Commands == 0 || c.stat("keyspace_hits") != found {
		t.Errorf("%+v, %v, and %d keys were found", count, err, c.stat("keyspace_hits")-found)
	}
	for i := range users { // now each is an error
		c.say("HSET", fmt.Sprint("session-", i), "f", "v")
	}
	if count, err = player.Play(t.Context(), 3, time.Millisecond); err != nil || count.Failed != count.Commands {
		t.Errorf("keys of another type: %+v, %v", count, err)
	}
}

// TestRecordFails: the error of the requests is returned, and the end of the context ends a recording.
func TestRecordFails(t *testing.T) {
	dial := redis(t)
	broken := errors.New("broken")
	if _, err := Record(t.Context(), dial, func() (uint64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := Record(ctx, dial, func() (uint64, error) { cancel(broken); return 0, nil }); !errors.Is(err, broken) {
		t.Error(err)
	}
	nowhere := func(context.Context) (net.Conn, error) { return nil, broken }
	if _, err := Record(t.Context(), nowhere, nil); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestNothingOnTheTape: requests that ask nothing leave nothing to play.
func TestNothingOnTheTape(t *testing.T) {
	dial := redis(t)
	c := newClient(t, dial)
	tape, err := Record(t.Context(), dial, func() (uint64, error) { c.say("TIME"); return 1000, nil })
	if err != nil || tape.Commands() != 0 {
		t.Fatal(tape, err)
	}
	if _, err := tape.Player(t.Context(), dial, 2); err == nil {
		t.Error("an empty tape is played")
	}
}

// TestPlayerStops: the end of the context ends a replay, and so does a store that is gone. It also holds that the
// player speaks to the stand-in.
func TestPlayerStops(t *testing.T) {
	m := miniredis.RunT(t)
	m.Set("a", "b")
	tape := &Tape{requests: 1}
	for _, key := range []string{"a", "gone"} {
		tape.commands = append(tape.commands, command{"GET", encode([][]byte{[]byte("GET"), []byte(key)})})
	}
	dial := func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", m.Addr()) }
	player, err := tape.Player(t.Context(), dial, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer player.Close()
	if count, err := player.Play(t.Context(), 3, time.Millisecond); err != nil || count.Commands < 6 {
		t.Errorf("%+v, %v", count, err)
	}
	for _, depth := range []float64{0, 0.5, Deepest + 1} {
		if _, err := player.Play(t.Context(), depth, time.Millisecond); err == nil {
			t.Errorf("batches of %g commands", depth)
		}
	}
	ended := errors.New("it has ended")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ended)
	if _, err := player.Play(ctx, 1, time.Hour); !errors.Is(err, ended) {
		t.Error(err)
	}
	if player, err = tape.Player(t.Context(), dial, 2); err != nil {
		t.Fatal(err)
	}
	m.Close()
	if _, err := player.Play(t.Context(), 1, time.Hour); err == nil {
		t.Error("a store that is gone answers")
	}
	player.Close()
	if _, err := player.Play(t.Context(), 1, time.Hour); err == nil {
		t.Error("a closed player plays")
	}
}
