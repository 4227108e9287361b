package usage

import "testing"

func TestSwitchesIn(t *testing.T) {
	status := "Name:\tx\nThreads:\t7\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n"
	if n := switchesIn([]byte(status)); n != 695 {
		t.Errorf("got %d, want 695", n)
	}
}
