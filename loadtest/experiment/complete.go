package experiment

import (
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Complete says what is wrong with the lines of a kind: lines that cannot be read, and, in a run that came to its end,
// lines that the plan asks for and that are missing or duplicated. Missing lines may have been left out because their
// figures do not please, and duplicated lines would count twice. A line is identified by its scheme and two numbers;
// want is how many lines a scheme must have.
func Complete[T any](
	r *record.Run, kind string, what message.Message, schemes []plan.Scheme, identity func(T) (scheme string, a, b int),
	want func(plan.Scheme) int,
) []message.Message {
	lines, damage := record.Lines[T](r, kind)
	if !r.Finished() {
		return damage // the report already says that the run is not complete
	}
	told := map[string]map[[2]int]int{}
	for _, line := range lines {
		scheme, a, b := identity(line)
		if told[scheme] == nil {
			told[scheme] = map[[2]int]int{}
		}
		told[scheme][[2]int{a, b}]++
	}
	file := record.RawFile(kind)
	for _, s := range schemes {
		if got, want := len(told[s.Name]), want(s); got != want {
			damage = append(damage, message.New("damage.kind-lines",
				"file", file, "got", got, "what", what, "scheme", s.Name, "want", want))
		}
		for _, n := range told[s.Name] {
			if n > 1 {
				damage = append(damage, message.New("damage.kind-twice", "file", file, "what", what, "scheme", s.Name))
				break
			}
		}
	}
	return damage
}
