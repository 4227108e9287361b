package experiment

import (
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Complete says what is wrong with the lines of a kind, a sentence each: those that cannot be read, and, in a run that
// came to its end, those that the plan asks for and that are missing, or there twice. What is missing may have been
// what does not please, and what is told twice would count twice. A line's identity is its scheme and two numbers; want
// is how many lines a scheme must have.
func Complete[T any](
	r *record.Run, kind string, what message.Message, schemes []plan.Scheme, identity func(T) (scheme string, a, b int),
	want func(plan.Scheme) int,
) []message.Message {
	lines, damage := record.Lines[T](r, kind)
	if !r.Finished() {
		return damage // the report says already that it is not whole
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
