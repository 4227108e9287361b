package incident

import "testing"

// TestWorst: a cell of the matrix has a figure, and a verdict only where something was not expected or is not known.
func TestWorst(t *testing.T) {
	failed := Figures{Asked: 100, Failed: 45}
	for name, c := range map[string]struct {
		cell      Cell
		want      string
		grey, bad bool
	}{
		"expected":     {Cell{Verdict: Held, Worst: failed}, "45 % failed", false, false},
		"none failed":  {Cell{Verdict: Held, Worst: Figures{Asked: 100}}, "none failed", false, false},
		"not expected": {Cell{Verdict: Broken, Worst: failed}, "NOT as expected: 45 % failed", false, true},
		"unknown":      {Cell{Verdict: Unknown, Worst: failed}, "unknown", true, false},
	} {
		got := c.cell.worst()
		if got.Text.String() != c.want || got.Grey != c.grey || got.Bad != c.bad {
			t.Errorf("%s: %q, grey %v, bad %v; want %q, %v, %v", name, got.Text, got.Grey, got.Bad, c.want, c.grey, c.bad)
		}
	}
}
