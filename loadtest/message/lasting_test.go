package message_test

import (
	"testing"
	"time"

	"authlab/loadtest/message"
)

func TestLasting(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s":          0,
		"310 ns":       310,
		"812 µs":       812 * time.Microsecond,
		"60 ms":        60 * time.Millisecond,
		"8.12 ms":      8120 * time.Microsecond,
		"1.5 s":        1500 * time.Millisecond,
		"59.9 s":       59900 * time.Millisecond,
		"-5 ms":        -5 * time.Millisecond,
		"1 min":        time.Minute,
		"1 min 30 s":   90 * time.Second,
		"2 min 500 ms": 2*time.Minute + 500*time.Millisecond,
		"12 h":         12 * time.Hour,
		"1 h 16 min":   76 * time.Minute,
		"-1 min":       -time.Minute,
	} {
		if got := message.Lasting(d); got != want {
			t.Errorf("%d ns is %q, not %q", d, got, want)
		}
		if got := message.New("slice.late", "lag", d).Args["lag"]; got == d.String() && d != 0 {
			t.Errorf("a message has %v", got)
		}
	}
}
