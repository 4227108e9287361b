package experiment

import (
	"fmt"

	"authlab/loadtest/plan"
)

// Tally counts the lines of each scheme, by the two numbers that tell them apart. Its zero value is empty.
type Tally struct{ lines map[string]map[[2]int]int }

// Add counts a line.
func (t *Tally) Add(scheme string, a, b int) {
	if t.lines == nil {
		t.lines = map[string]map[[2]int]int{}
	}
	if t.lines[scheme] == nil {
		t.lines[scheme] = map[[2]int]int{}
	}
	t.lines[scheme][[2]int{a, b}]++
}

// Against holds the lines against the plan, a sentence for each scheme with a mistake: what is missing may have been what
// does not please, and what is told twice would count twice.
func (t *Tally) Against(file, what string, schemes []plan.Scheme, want func(plan.Scheme) int) (damage []string) {
	for _, s := range schemes {
		if got, want := len(t.lines[s.Name]), want(s); got != want {
			damage = append(damage, fmt.Sprintf("%s has %d %s of %s, and the plan asks for %d", file, got, what, s.Name, want))
		}
		for _, n := range t.lines[s.Name] {
			if n > 1 {
				damage = append(damage, fmt.Sprintf("%s tells some of its %s of %s twice", file, what, s.Name))
				break
			}
		}
	}
	return damage
}
