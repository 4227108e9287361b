package incident_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authlab/loadtest/jar"
	"authlab/loadtest/plan"
	"authlab/scripts/longtest"
	"authlab/scripts/prebuilt"
)

var operations = flag.Int("operations", longtest.Times(500, 150),
	"how many operations the histories of each scheme have together, at least")

// TestHistories plays histories on two replicas of every way to end a login, and of one that cannot.
func TestHistories(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the servers")
	}
	redis, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is missing here, where everything must be present")
		}
		t.Skip("missing: redis-server")
	}
	bin := t.TempDir()
	if err := prebuilt.Programs(bin, "authlab/servers/sessiond", "authlab/servers/tokend"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"session-redis", "session-near", "token-denylist", "token-push", "token-hs256"} {
		t.Run(name, func(t *testing.T) {
			scheme, err := plan.SchemeNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, scheme, bin, redis)
			rapidly(t, 1)
			holds(t, s, promise{ends: scheme.Guarantee != plan.AtExpiry, within: scheme.Push})
		})
	}
}

// holds plays histories until they have enough operations.
func holds(t *testing.T, s *real, p promise) {
	var all checked
	for seed, n := 1, 0; n < *operations; seed++ {
		if err := flag.Set("rapid.seed", fmt.Sprint(seed)); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			history := planned(true).Draw(rt, "history")
			s.fresh(t)
			played := player{world: s, rest: p.within + 50*time.Millisecond}
			told := played.play(slices.Concat(history, last()))
			broken, decided := p.check(told)
			n += len(told)
			all.refusals, all.acceptances, all.roles = all.refusals+decided.refusals, all.acceptances+decided.acceptances,
				all.roles+decided.roles
			if broken != nil {
				rt.Logf("%s\nin\n%v", strings.Join(broken, "\n"), told)
				kind, _, _ := strings.Cut(broken[0], ":")
				rt.Fatal(kind)
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("decided: %+v", all)
	if all.acceptances == 0 || p.ends && (all.refusals == 0 || all.roles == 0) {
		t.Errorf("the histories decided nothing: %+v", all)
	}
}

// last ends every history: when the promised time is over, every device asks every replica.
func last() [][]op {
	end := [][]op{{{Act: pause}}}
	for slot := range slots {
		for replica := range size {
			end = append(end, []op{{ask, slot, replica}})
		}
	}
	return end
}

// real is two replicas of a server with their store.
type real struct {
	t       *testing.T
	scheme  plan.Scheme
	program string
	flags   []string
	replica [size]*exec.Cmd
	base    [size]string
	client  *http.Client
	key     []byte
	next    int // the first load user that no history has had

	mu        sync.Mutex
	admin     jar.Jar
	ids       [users]string
	passwords [users]string
}

// loadUsers is enough for histories of ten operations.
const loadUsers = 6000

func serve(t *testing.T, scheme plan.Scheme, bin, redis string) *real {
	folder := t.TempDir()
	s := &real{
		t: t, scheme: scheme, program: filepath.Join(bin, scheme.Server), key: secretOf("load"),
		client: &http.Client{Timeout: 30 * time.Second},
	}
	secret := func(name string, key []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s.flags = []string{
		"--database=sqlite:" + filepath.Join(folder, "accounts.db"), "--log-level=error", "--demo-users",
		fmt.Sprint("--load-users=", loadUsers), "--load-key-file=" + secret("load.key", s.key),
	}
	if scheme.Alg != "" {
		s.flags = append(s.flags, "--key-file="+secret("token.key", secretOf("tokens")), "--refresh-grace=10s")
	}
	store := ""
	if scheme.Store {
		store = redisAt(t, redis, folder)
		s.flags = append(s.flags, "--redis-timeout=5s") // a busy machine may delay it
	}
	fill := strings.NewReplacer("{alg}", scheme.Alg, "{plan}", "1h", "{leeway}", "30s", "{store}", store)
	for _, f := range scheme.Flags {
		s.flags = append(s.flags, fill.Replace(f))
	}
	for i := range s.replica {
		s.start(i, "127.0.0.1:0")
	}
	admin := account{"admin", "correct horse battery staple"}
	var status int
	if s.admin, _, status = s.logIn(admin, 0); status != http.StatusOK {
		t.Fatalf("the admin's login answers %d", status)
	}
	return s
}

// secretOf is a key that looks random, as the servers want it, and is the same in every run.
func secretOf(what string) []byte {
	sum := sha256.Sum256([]byte("histories: " + what))
	return sum[:]
}

// redisAt starts a private Redis, and returns its URL.
func redisAt(t *testing.T, program, folder string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	l.Close()
	c := exec.Command(program, "--bind", "127.0.0.1", "--port", fmt.Sprint(at.Port), "--save", "", "--dir", folder)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", at.String())
		if err == nil {
			conn.Close()
			return "redis://" + at.String()
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// start starts a replica, and waits until it is ready.
func (s *real) start(i int, at string) {
	c := exec.Command(s.program, append([]string{"--listen=" + at, fmt.Sprint("--replica=r-", i)}, s.flags...)...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.t.Errorf("replica %d does not start: %v", i, err)
		return
	}
	s.replica[i] = c
	s.t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "listening ")
	if !ok {
		c.Wait()
		s.t.Errorf("replica %d does not serve: %s", i, said.String())
		return
	}
	s.base[i] = address
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		answer, err := s.client.Get(address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			s.t.Errorf("replica %d is not ready: %v", i, err)
			return
		}
	}
}
