package stall

import (
	"runtime"
	"testing"
	"time"
)

// TestAStalledProgramIsLate takes the only core away for 50 ms. The scheduler may give the watch a turn every 10 ms.
func TestAStalledProgramIsLate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	late := Begin().Mark()
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
	}
	if late() < 25*time.Millisecond {
		t.Errorf("after 50 ms without the core it was late by %v", late())
	}
}

// TestLateOnlyGrows: what it waited once is not taken back.
func TestLateOnlyGrows(t *testing.T) {
	late := Begin().Mark()
	for last, n := time.Duration(0), 0; n < 1000; n++ {
		now := late()
		if now < last {
			t.Fatalf("late by %v, then by %v", last, now)
		}
		last = now
		runtime.Gosched()
	}
}
