package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/api/program/programtest"
	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/user"
)

// TestMain lets the test binary be the program, so that tests meet it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("STORED_TEST_BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// start starts the program and returns its address.
func start(t *testing.T, args ...string) (addr string, cmd *exec.Cmd) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(exe, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "STORED_TEST_BE_THE_PROGRAM=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // no-op after a Wait
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "listening redis://")
	if err != nil || !found {
		t.Fatalf("first line %q, %v", line, err)
	}
	return addr, cmd
}

func TestTimePasses(t *testing.T) {
	addr, cmd := start(t)
	client, err := redis.Open(redis.Options{Address: addr, AnswerWithin: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	// Longer than the slowest step of drive, which a busy machine may bring about: uses between two steps keep it alive.
	const idle = 6 * time.Second
	b := store.NewRedis(client, store.RedisOptions{
		Lifetimes: store.Lifetimes{Idle: idle, Absolute: time.Hour},
	})
	defer func() { _ = b.Close() }()
	ctx, key := t.Context(), store.Key{1}
	rec := store.Record{User: "u1", Role: user.RoleUser, Device: "d"}
	if _, err := b.Create(ctx, key, rec); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < idle+idle/6; time.Sleep(50 * time.Millisecond) { // kept alive by use
		if _, err := b.Touch(ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	last := time.Now()
	for { // and over without; asking for the list does not keep it alive
		logins, err := b.Devices(ctx, "u1")
		if err != nil {
			t.Fatal(err)
		}
		if len(logins) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	// A step counts for keys that were used since the one before as well, so the lifetime may seem shorter by a step.
	if took := time.Since(last); took < idle/8 || took > 30*time.Second {
		t.Errorf("an idle lifetime of %v took %v", idle, took)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("\ufeffsecret\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, _ := start(t, "--password-file", file)
	for password, works := range map[string]bool{"": false, "wrong": false, "secret": true} {
		c, err := rueidis.NewClient(rueidis.ClientOption{
			InitAddress: []string{addr}, Password: password, DisableCache: true, ForceSingleClient: true, DisableRetry: true,
		})
		if err == nil {
			err = c.Do(t.Context(), c.B().Ping().Build()).Error()
		}
		if c != nil {
			c.Close()
		}
		if (err == nil) != works {
			t.Errorf("password %q: %v", password, err)
		}
	}
}

func TestHelp(t *testing.T) { programtest.Help(t, "stored", "listen", run) }

func TestAskedWrongly(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, "add --password-file"},
		{[]string{"--listen", ":0"}, "add --password-file"},
		{[]string{"--listen", "nonsense"}, "--listen nonsense"},
		{[]string{"--listen", "127.0.0.1:99999"}, "--listen 127.0.0.1:99999"},
		{[]string{"--listen", taken.Addr().String()}, "already in use"},
		{[]string{"--password-file", dir + "/absent"}, "no such file"},
		{[]string{"--password-file", file("open", "x", 0o644)}, "chmod 600"},
		{[]string{"--password-file", file("empty", "\n", 0o600)}, "is empty"},
		{[]string{"--lisen", "x"}, "unknown flag"},
		{[]string{"extra"}, "extra"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), c.args, &out, &errs)
		text := errs.String()
		if code != 2 || out.Len() != 0 || !strings.HasPrefix(text, "stored: ") || !strings.Contains(text, c.want) ||
			strings.Count(text, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q", c.args, code, text)
		}
	}
}
