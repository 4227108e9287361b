// Package all is the list of the kinds of experiment, for all code that reads plans or runs.
package all

import (
	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/experiment/exhaust"
	"authlab/loadtest/experiment/exploit"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/experiment/logins"
	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/plan"
)

// Kinds are the kinds in the order of their stages and sections.
var Kinds = []experiment.Kind{
	replay.Kind, delays.Kind, memory.Kind, logins.Kind, incident.Kind, exploit.Kind,
	exhaust.Kind,
}

// Parts are the kinds' parts of a plan, for plan.Load and plan.Parse.
func Parts() []func() plan.Part {
	var parts []func() plan.Part
	for _, k := range Kinds {
		parts = append(parts, k.Part)
	}
	return parts
}

// Of returns the kinds that a plan asks for.
func Of(p *plan.Plan) []experiment.Kind {
	var asked []experiment.Kind
	for _, k := range Kinds {
		if p.Part(k.Name()) != nil {
			asked = append(asked, k)
		}
	}
	return asked
}
