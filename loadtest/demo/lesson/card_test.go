package lesson_test

import (
	"os"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
)

// TestCard: every finding names a step that there is, code that there is, and a claim of the committed report.
func TestCard(t *testing.T) {
	report, err := os.ReadFile("../../../results/reference/report.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range lesson.Card {
		if s, ok := lesson.Named(f.Scene); !ok || f.Step >= len(s.Steps) {
			t.Errorf("%s: the lesson has no step %d of %s", f.Name, f.Step+1, f.Scene)
		}
		if _, err := f.Code.Find("../../.."); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		row, _, _ := strings.Cut(string(report), `id="`+f.Claim+`"`)
		if len(row) == len(report) || strings.HasPrefix(string(report[len(row):]), `id="`+f.Claim+`" class="grey"`) {
			t.Errorf("%s: the report has not tested %q", f.Name, f.Claim)
		}
	}
}
