package plan

import (
	"slices"
)

// Part is the part of a plan that belongs to a kind of experiment. It is a pointer to a struct, read from a mapping
// under its own key. Its whole numbers must have type int: only for int fields is 1.5 refused.
type Part interface {
	// Key is its key in the YAML, and the name of its stage.
	Key() string
	// Check refuses values that cannot be used, in one sentence that names the key.
	Check(p *Plan) error
	// Stage predicts how long the stage takes, including server starts and sign-ins.
	Stage(p *Plan, c Costs) Stage
}

// Programmed is a Part that needs programs besides the servers of the plan's schemes.
type Programmed interface {
	Programs() []string
}

// Part returns the part with that key, or nil if the plan has none.
func (p *Plan) Part(key string) Part {
	if i := slices.IndexFunc(p.Parts, func(part Part) bool { return part.Key() == key }); i >= 0 {
		return p.Parts[i]
	}
	return nil
}

// PartOf returns the part of type T.
func PartOf[T Part](p *Plan) (T, bool) {
	for _, part := range p.Parts {
		if part, ok := part.(T); ok {
			return part, true
		}
	}
	var none T
	return none, false
}
