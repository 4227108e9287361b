package report

import (
	"strings"
	"testing"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// TestAnEmptyCellSaysWhy: a dash in the main table looked like a measurement that had failed.
func TestAnEmptyCellSaysWhy(t *testing.T) {
	for name, a := range compared() {
		if a.Run.Plan.Target != nil {
			continue
		}
		for _, row := range summary(a).Rows {
			for i, c := range row.Cells {
				if c.Text.String() == page.None {
					t.Errorf("%s: cell %d of %s is a dash", name, i, row.Cells[0].Text)
				}
			}
		}
	}
	cells := map[string]string{}
	for _, row := range summary(compared()["full"]).Rows {
		var all []string
		for _, c := range row.Cells {
			all = append(all, page.Words(message.English, c.Text))
		}
		if len(all) > 0 { // the title of a group has none
			cells[all[0]] = strings.Join(all, "|")
		}
	}
	for scheme, want := range map[string]string{
		"control": "the baseline", "session-memory": "not tried", "control-again": "does not apply",
	} {
		if got := cells[scheme]; !strings.Contains(got, want) {
			t.Errorf("%s has %s, which lacks %q", scheme, got, want)
		}
	}
}
