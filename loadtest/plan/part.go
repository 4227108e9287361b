package plan

import (
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Part is what a kind of experiment asks of a plan: a mapping under a key of its own.
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

// takeParts takes the parts out of a plan's mapping, in the order of kinds. What is left is the plan's own.
func takeParts(root ast.Node, kinds []func() Part, options ...yaml.DecodeOption) (parts []Part, err error) {
	mapping, ok := root.(*ast.MappingNode)
	if !ok {
		return nil, nil
	}
	for _, kind := range kinds {
		part := kind()
		i := slices.IndexFunc(mapping.Values, func(v *ast.MappingValueNode) bool { return v.Key.String() == part.Key() })
		if i < 0 {
			continue
		}
		if err := yaml.NodeToValue(mapping.Values[i].Value, part, options...); err != nil {
			return nil, err
		}
		mapping.Values = slices.Delete(mapping.Values, i, i+1)
		parts = append(parts, part)
	}
	return parts, nil
}
