package lesson_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
)

// TestPlans: each plan leaves time for the beginning and for the card, and has its scenes in the order of the lesson. A
// longer one has all that a shorter one has.
func TestPlans(t *testing.T) {
	const rest = 10 // minutes
	for i, p := range lesson.Plans {
		var planned []string
		minutes := 0
		for _, s := range lesson.Scenes {
			if p.Has(s.Name) {
				planned, minutes = append(planned, s.Name), minutes+s.Minutes
			}
		}
		if !slices.Equal(planned, p.Scenes) {
			t.Errorf("the plan of %d minutes has %q, and the lesson %q of them", p.Minutes, p.Scenes, planned)
		}
		if left := p.Minutes - minutes; left < rest || left > rest+10 {
			t.Errorf("the scenes of the plan of %d minutes take %d", p.Minutes, minutes)
		}
		for _, earlier := range lesson.Plans[:i] {
			for _, name := range earlier.Scenes {
				if !p.Has(name) {
					t.Errorf("the plan of %d minutes lacks %s, which that of %d has", p.Minutes, name, earlier.Minutes)
				}
			}
		}
	}
}

// TestTheReadmeHasThePlans: what teachers read before the lesson is what the lesson says.
func TestTheReadmeHasThePlans(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lesson.Scenes {
		row := fmt.Sprintf("| `%s` |", s.Name)
		_, after, found := strings.Cut(string(text), row)
		line, _, _ := strings.Cut(after, "\n")
		if !found {
			t.Errorf("README.md has no row %s", row)
		}
		want := fmt.Sprintf("| %d |", s.Minutes)
		for _, p := range lesson.Plans {
			if p.Has(s.Name) {
				want += " ✓ |"
			} else {
				want += " |"
			}
		}
		if !strings.HasSuffix(strings.Join(strings.Fields(line), " "), want) {
			t.Errorf("README.md says of %s %q, and should end with %q", s.Name, line, want)
		}
	}
}
