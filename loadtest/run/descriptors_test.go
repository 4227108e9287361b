package run

import (
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
)

func TestSideBySide(t *testing.T) {
	for name, want := range map[string]int{"quick": 1, plan.TargetName: 0} {
		p, err := plan.Load(name, all.Parts()...)
		if err != nil {
			t.Fatal(err)
		}
		if got := sideBySide(p); got < want || want == 0 && got != 0 {
			t.Errorf("%s holds at least %d connections", name, got)
		}
	}
}
