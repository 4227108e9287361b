package plan

import (
	"slices"
)

// Part is what a kind of experiment asks of a plan: a pointer to a struct, which is a mapping under a key of its own. Its
// whole numbers are of type int: only for these is 1.5 refused.
type Part interface {
	// Key is its key in the YAML, and the name of its stage.
	Key() string
	// Check refuses what cannot be done, in one sentence that names the key.
	Check(p *Plan) error
	// Stage predicts how long it takes, with the starts of servers and the sign-ins.
	Stage(p *Plan, c Costs) Stage
}

// Part is the part with that key; nil where the plan has none.
func (p *Plan) Part(key string) Part {
	if i := slices.IndexFunc(p.Parts, func(part Part) bool { return part.Key() == key }); i >= 0 {
		return p.Parts[i]
	}
	return nil
}

// PartOf is the part of that type.
func PartOf[T Part](p *Plan) (T, bool) {
	for _, part := range p.Parts {
		if part, ok := part.(T); ok {
			return part, true
		}
	}
	var none T
	return none, false
}
