package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAFolderForTemporaryFiles: TMPDIR may have any name, and be accessible to root only. PostgreSQL, which root must
// run as another account, then cannot reach it. That costs only the scheme that needs PostgreSQL.
func TestAFolderForTemporaryFiles(t *testing.T) {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) == 0 || os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing here, where everything must be present: PostgreSQL, and root")
		}
		t.Skip("missing: PostgreSQL, and root")
	}
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") == "true" {
		t.Fatal("missing here, where everything must be present: redis-server")
	}
	odd := filepath.Join(t.TempDir(), `it's "one" of \ # % ? $HOME * [é]`)
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd, results, output := lab(t, `
name: folders
question: Does a folder's name matter?
users: 50
schemes: [session-redis, session-postgres, session-cookie, token-es256]
demand: {slice: 50ms, rounds: 2, launches: 1, connections: 4}
`)
	cmd.Env = append(os.Environ(), "TMPDIR="+odd)
	report := reported(t, cmd, results, output)
	says(t, report, `session-postgres was left out: a private PostgreSQL does not start .*`+
		`the account postgres, which must run it for root, cannot pass through .*chmod o\+x`,
		`\| session-redis +\|`, `\| session-cookie +\|`, `\| token-es256 +\|`)
	silent(t, report, figure("session-postgres"))
	if left, _ := os.ReadDir(odd); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	reportAgainIsTheSame(t, onlyRun(t, results))
}
