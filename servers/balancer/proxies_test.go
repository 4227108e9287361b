package balancer

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"authlab/servers/api/connections"
)

// TestEveryProxyGivesIdleConnectionsUpFirst checks all HAProxy configurations here against the servers. HAProxy closes
// half of its unneeded connections every pool-purge-delay, so the last of n goes after about log₂ n of them; a few more
// pass until it considers them unneeded.
func TestEveryProxyGivesIdleConnectionsUpFirst(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && strings.HasPrefix(name, ".") && name != ".." {
			return fs.SkipDir
		}
		if d.IsDir() || strings.HasSuffix(name, "_test.go") ||
			!strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".cfg") && !strings.HasSuffix(name, "ml") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "http-reuse always") {
			return err
		}
		found++
		if err := keepsBelow(string(text), connections.Idle); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || found < 2 {
		t.Errorf("%d configurations of HAProxy were found, want the lab's and compose's: %v", found, err)
	}
}

var (
	purge    = regexp.MustCompile(`(?m)^\s*default-server .*\bpool-purge-delay (\S+)`)
	purgeGo  = regexp.MustCompile(`(?m)^const purgeEvery = "(\w+)"`) // what the lab's template has in its place
	most     = regexp.MustCompile(`(?m)^\s*maxconn (\d+)|\bmin\((\d+),`)
	sections = regexp.MustCompile(`(?m)^backend `)
)

// keepsBelow checks that a configuration has a delay for every backend, short enough for all connections that it
// allows.
func keepsBelow(text string, idle time.Duration) error {
	delays := purge.FindAllStringSubmatch(text, -1)
	if n := len(sections.FindAllString(text, -1)); n == 0 || len(delays) != n {
		return fmt.Errorf("%d of %d backends have a pool-purge-delay", len(delays), n)
	}
	n := 0
	for _, m := range most.FindAllStringSubmatch(text, -1) {
		one, _ := strconv.Atoi(m[1] + m[2])
		n = max(n, one)
	}
	if n == 0 {
		return fmt.Errorf("it has no maxconn")
	}
	for _, m := range delays {
		written := m[1]
		if in := purgeGo.FindStringSubmatch(text); in != nil {
			written = in[1]
		}
		delay, err := time.ParseDuration(written)
		if err != nil {
			return err
		}
		if last := time.Duration(math.Ceil(math.Log2(float64(n)))+4) * delay; last >= idle {
			return fmt.Errorf("of %d connections the last is closed after %v, and the servers keep them for %v", n, last, idle)
		}
	}
	return nil
}
