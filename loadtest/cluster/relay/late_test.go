package relay

import (
	"net"
	"testing"
	"time"
)

// TestLate: what is handed over after it was due is told, once.
func TestLate(t *testing.T) {
	r := relayTo(t, echo(t))
	here, there := pair(t)
	r.parcels <- parcel{due: time.Now().Add(-time.Minute), to: here, bytes: []byte("?")}
	if _, err := there.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if late := r.Late(); late < time.Minute {
		t.Errorf("what was due a minute ago is %v late", late)
	}
	if late := r.Late(); late != 0 {
		t.Errorf("it is told again: %v", late)
	}
	asked(t, dial(t, r))
	if late := r.Late(); late <= 0 || late > time.Minute {
		t.Errorf("what is handed over at once is %v late", late)
	}
}

// pair is a connection's two ends.
func pair(t *testing.T) (here, there *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	one, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { one.Close(); other.Close() })
	return one.(*net.TCPConn), other.(*net.TCPConn)
}
