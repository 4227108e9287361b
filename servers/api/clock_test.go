package api

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestClockOffset: a clock can be made wrong on a loopback address only, and /metrics tells by how much.
func TestClockOffset(t *testing.T) {
	for _, c := range []struct {
		listen string
		offset time.Duration
		fits   bool
	}{
		{"127.0.0.1:0", -2 * time.Minute, true},
		{"127.0.0.1:0", 0, true},
		{"0.0.0.0:0", 0, true},
		{"0.0.0.0:0", time.Second, false},
	} {
		config := NewConfig("test", c.listen)
		config.ClockOffset = c.offset
		err := config.check(io.Discard)
		if (err == nil) != c.fits || err != nil && !strings.Contains(err.Error(), "--clock-offset") {
			t.Errorf("%s, %v: %v", c.listen, c.offset, err)
		}
		if err != nil {
			continue
		}
		if off := time.Until(config.Now()) - c.offset; off.Abs() > time.Minute {
			t.Errorf("a clock that is %v off is %v off", c.offset, off+c.offset)
		}
		accounts, closeAccounts, err := config.accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now, err := accounts.DB().Now(t.Context())
		if off := time.Until(now); err != nil || off.Abs() > time.Minute {
			t.Errorf("the clock of a database is %v off where the replica's is %v off: %v", off, c.offset, err)
		}
		closeAccounts()
	}
}
