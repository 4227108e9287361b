package lesson

import (
	"testing"
	"time"
)

// TestEar: what MONITOR tells is counted once for each question of a server. It belongs to the request during which it
// was asked.
func TestEar(t *testing.T) {
	e := &ear{}
	for _, line := range []string{
		`+100.000001 [0 127.0.0.1:1] "EVALSHA" "d51a" "1" "authlab:s1:a" "user 1"`,
		`+100.000002 [0 127.0.0.1:1] "EVAL" "local function \"x\" end" "1" "authlab:s1:a" "user 1"`, // the same, in full
		`+100.000003 [0 lua] "SET" "authlab:s1:a" "1"`,
		`+100.000004 [0 127.0.0.1:1] "GET" "authlab:other"`,
		`+100.000005 [0 127.0.0.1:1] "GET" "authlab:s1:a:probe"`,
		`+200.000000 [0 127.0.0.1:1] "GETEX" "authlab:s1:a" "PX" "1800000"`,
		`+200.000001 [0 127.0.0.1:1] "EVALSHA" "d51a" "1" "authlab:s1:b" "user 1"`,
		`+200.000002 [0 127.0.0.1:1] "EVALSHA" "d51a" "1" "authlab:s1:b" "user 1"`,
	} {
		e.hear(line + "\r\n")
	}
	if len(e.heard) != 4 {
		t.Errorf("heard %d questions, want 4: %v", len(e.heard), e.heard)
	}
	if n := e.since(time.Unix(200, 0)); n != 3 {
		t.Errorf("%d of them since then, want 3", n)
	}
	if brief := e.heard[1].brief(); brief != "GETEX authlab:s1:a PX 1800000" {
		t.Errorf("it is shown as %q", brief)
	}
}
