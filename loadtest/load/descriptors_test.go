package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// without runs do while the process can open no more file descriptors.
func without(t *testing.T, do func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}

// A generator without descriptors reports that, and does not blame the server.
func TestAGeneratorWithoutDescriptors(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Replica", "n-0")
		io.WriteString(w, `{"id":"1"}`)
	}))
	defer s.Close()
	roomy() // while there are descriptors
	alice := credential.Credential{Header: "Cookie", Value: "a=b", Me: []byte(`{"id":"1"}`)}
	target, err := NewTarget(s.URL, "/v1/me", "n", 0, 1, []credential.Credential{alice}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	two := ClosedOptions{Connections: 2, Window: 500 * time.Millisecond}
	if row, err := Closed(t.Context(), record.Cell{}, target, two); err != nil || row.Verdicts[record.OK] == 0 ||
		len(row.Verdicts) != 1 {
		t.Fatalf("with descriptors: %v, %v", row.Verdicts, err)
	}
	without(t, func() {
		more := two
		more.Connections = 8 // two of them are connected already
		row, err := Closed(t.Context(), record.Cell{}, target, more)
		if err != nil || row.Verdicts[record.OK] == 0 || row.Verdicts["error-descriptors"] == 0 || len(row.Verdicts) != 2 {
			t.Errorf("closed loop: %v, %v", row.Verdicts, err)
		}
	})
	target.Close()
	without(t, func() {
		row, err := Open(t.Context(), record.Cell{}, target,
			OpenOptions{Rate: 200, Arrivals: plan.Constant, Window: 50 * time.Millisecond, Requests: io.Discard})
		if err != nil || row.Verdicts["error-descriptors"] == 0 || len(row.Verdicts) != 1 {
			t.Errorf("open loop: %v, %v", row.Verdicts, err)
		}
	})
	if row, err := Closed(t.Context(), record.Cell{}, target, two); err != nil || row.Verdicts[record.OK] == 0 ||
		len(row.Verdicts) != 1 {
		t.Errorf("with descriptors again: %v, %v", row.Verdicts, err)
	}
	for verdict, want := range map[record.Verdict]string{
		"error-descriptors": "ulimit -n", "error-ports": "ip_local_port_range", "error-memory": "memory",
		"error-refused": "", "error-timeout": "", record.OK: "", "status-503": "", "descriptors": "",
	} {
		if got := verdict.Lack().String(); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q", verdict, got)
		}
	}
}
