package redis

import (
	"testing"
	"time"

	"authlab/servers/session/store/storetest"
)

// TestStoreTime has a store whose clock is 13 hours ahead of this machine's and is later corrected.
func TestStoreTime(t *testing.T) {
	m := storetest.Mini(t)
	m.SetTime(time.Now().Add(13 * time.Hour))
	c, err := Open(Options{Address: m.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if ahead := time.Until(c.Now()); ahead < 13*time.Hour-time.Minute || ahead > 13*time.Hour+time.Minute {
		t.Errorf("the store is %v ahead, want 13 h", ahead)
	}
	m.SetTime(time.Now())
	for deadline := time.Now().Add(time.Minute); time.Until(c.Now()) > time.Minute; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a corrected clock of the store is not noticed")
		}
	}
}

// TestClockGoesOn: between two answers the monotonic clock counts, from the middle of the question's round trip.
func TestClockGoesOn(t *testing.T) {
	var c clock
	asked := time.Now().Add(-2 * time.Second)
	c.take(asked, time.UnixMilli(1_000_000))
	now := c.now()
	if low, high := time.UnixMilli(1_001_000), time.UnixMilli(1_001_000).Add(time.Since(asked)); now.Before(low) ||
		now.After(high) {
		t.Errorf("a second after the store said 1000.000 s it is %v there", now.UnixMilli())
	}
}
