package user_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/user"
)

// A load account that gets a chosen password must not keep the fast hash.
func loadPassword(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	name := user.LoadName(0)
	u := named(t, a, name)
	is(t, "set", a.SetPassword(ctx, u.ID, user.LoadPassword(key, name), "a chosen one", nothing), nil)
	_, err := a.Verify(ctx, name, "a chosen one")
	is(t, "new", err, nil)
	_, err = a.Verify(ctx, name, user.LoadPassword(key, name))
	is(t, "old", err, user.ErrBadCredentials)
	var hash string
	var load int
	err = a.DB().Get(ctx, `SELECT hash, load_account FROM accounts WHERE id = ?`, []any{u.ID}, &hash, &load)
	if err != nil || load != 0 || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("load %d, hash %.40s, %v", load, hash, err)
	}
}

func TestBusy(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, HashConcurrency: 1, HashWait: 40 * time.Millisecond})
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	for range 12 {
		wg.Go(func() {
			_, err := a.Verify(t.Context(), "alice", user.DemoPassword)
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, user.ErrBusy) {
				busy++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if busy == 0 {
		t.Error("twelve simultaneous password checks waited for each other forever")
	}
}

// A hash of another cost would be computed for as long as it demands, and its refusal would take another time.
func TestHashesOfAnotherCostAreRefused(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "accounts")
	cheap := open(t, user.Config{URL: url, DemoUsers: true, HashMemory: 64})
	_, err := cheap.Verify(t.Context(), "alice", user.DemoPassword)
	is(t, "with the cost it was made with", err, nil)
	costly := open(t, user.Config{URL: url, DemoUsers: true})
	if _, err := costly.Verify(t.Context(), "alice", user.DemoPassword); err == nil ||
		errors.Is(err, user.ErrBadCredentials) {
		t.Errorf("a hash of 64 KiB where hashes are of 19456: %v", err)
	}
}

// Refusals of unknown names, wrong passwords and load users take the same work. Without the slow hash one would be a
// hundred times faster, so a factor of four is enough to see it, and the test passes on busy machines.
func TestRefusalsTakeTheSameWork(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, LoadUsers: 1, LoadKey: key})
	fastest := map[string]time.Duration{}
	for range longtest.Times(5, 2) {
		for _, name := range []string{"alice", "unknown", "load-000000", "\x00", strings.Repeat("n", 500)} {
			start := worked(t)
			_, err := a.Verify(t.Context(), name, "not the password")
			is(t, name, err, user.ErrBadCredentials)
			if took := worked(t) - start; fastest[name] == 0 || took < fastest[name] {
				fastest[name] = took
			}
		}
	}
	for name, took := range fastest {
		if took < fastest["alice"]/4 {
			t.Errorf("%.20q is refused in %v, alice in %v", name, took, fastest["alice"])
		}
	}
}

// worked is the CPU time that this process has used: other programs do not count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// A password without a visible character is refused, whatever its characters; with one visible character, spaces are
// allowed.
func TestBlankPasswords(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, HashMemory: 64})
	id := named(t, a, "alice").ID
	old := user.DemoPassword
	for name, blank := range map[string]string{
		"spaces": " ", "NUL": "\x00", "tabs": "\t", "line ends": "\r\n", "DEL": "\x7f", "C1 controls": "\u0085",
		"no-break spaces": "\u00a0", "em spaces": "\u2003", "ideographic spaces": "\u3000", "line separators": "\u2028",
		"zero-width spaces": "\u200b", "joiners": "\u200d", "byte order marks": "\ufeff", "soft hyphens": "\u00ad",
		"right-to-left marks": "\u200f", "tags": "\U000e0041", "variation selectors": "\ufe0f", "combining marks": "\u0301",
		"grapheme joiners": "\u034f", "Hangul fillers": "\u3164", "half-width fillers": "\uffa0", "Braille blanks": "\u2800",
		"objects":        "\ufffc",
		"null noteheads": "\U0001d159", "blank hieroglyphs": "\U00013441", "lost signs": "\U00013442",
		"private characters": "\ue000", "unassigned characters": "\U000e0fff", "not UTF-8": "\xff",
		"a mixture": " \x00\u00a0\u200b\u3164",
	} {
		for _, replacement := range []string{strings.Repeat(blank, 8), strings.Repeat(blank+" ", 8)} {
			if err := a.SetPassword(t.Context(), id, old, replacement, nothing); !errors.Is(err, user.ErrInvalid) {
				t.Errorf("%s: %q is a password: %v", name, replacement, err)
			}
		}
	}
	for _, good := range []string{
		"       x", "a b c d ", " correct horse ", "пароль", "密码密码", "🐎🐎", "é\u0301 12345", "\u00a0\u00a0\u00a0\u00a0?",
	} {
		is(t, good, a.SetPassword(t.Context(), id, old, good, nothing), nil)
		_, err := a.Verify(t.Context(), "alice", good)
		is(t, good, err, nil)
		old = good
	}
}
