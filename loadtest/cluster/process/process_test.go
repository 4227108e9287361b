package process

import "testing"

func TestWithoutBudgetsThePlaceSaysWhy(t *testing.T) {
	p := &place{why: "the group /x is shared with other processes; run as root"}
	if m := p.Budgets(); m.Name != "none" || m.Why != p.why {
		t.Errorf("got %+v", m)
	}
}
