package load

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// startNull runs the null server as replica 0 of this test's lab.
func startNull(t *testing.T) (base string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ServeNull(ctx, l, nonce+"-0") }()
	t.Cleanup(cancel)
	return "http://" + l.Addr().String(), func() error { cancel(); return <-done }
}

func TestTheNullServerIsATarget(t *testing.T) {
	base, stop := startNull(t)
	target, err := NewTarget(base, "/v1/me", nonce, 0, 1, []credential.Credential{NullCredential(nonce + "-0")}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	closed, err := Closed(t.Context(), record.Cell{}, target,
		ClosedOptions{Connections: 2, Window: 500 * time.Millisecond})
	if err != nil || closed.Sent == 0 || closed.Verdicts[record.OK] != closed.Sent {
		t.Errorf("closed loop: %v, %v", closed.Verdicts, err)
	}
	open, err := Open(t.Context(), record.Cell{}, target, OpenOptions{
		Rate: 200, Window: 50 * time.Millisecond, Arrivals: plan.Constant, Requests: io.Discard,
	})
	if err != nil || open.Sent != open.Planned || open.Verdicts[record.OK] != open.Sent {
		t.Errorf("open loop: %v of %d, %v", open.Verdicts, open.Planned, err)
	}
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestTheNullServerSpeaksToOthers(t *testing.T) {
	base, _ := startNull(t)
	reply, err := http.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK || !strings.Contains(string(body), `"replica":"`+nonce+`-0"`) {
		t.Errorf("%s %s, %v", reply.Status, body, err)
	}
}

func TestTheNullServerWaitsForTheWholeRequest(t *testing.T) {
	base, _ := startNull(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 15)
	for _, part := range []string{"GET /v1/me HT", "TP/1.1\r\nHost: x\r\n"} {
		if _, err := conn.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if n, err := conn.Read(answer); err == nil {
			t.Errorf("it answered before the request was complete: %q", answer[:n])
		}
	}
	conn.SetReadDeadline(time.Time{})
	if _, err := conn.Write([]byte("\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 200 OK" {
		t.Errorf("%q, %v", answer, err)
	}
}
