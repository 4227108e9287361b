// Package experiment is what a kind of experiment is: a Kind has a part of the plan, measures through a Bench, keeps
// lines of its own in the run's folder, and reads Findings from them, which write a section of the report.
//
// Each kind is a package below this one, and package all lists them. A kind knows plans, records and pages. It knows
// nothing of clusters, load generators or credentials, which stand behind Bench, and nothing of the other kinds.
package experiment

import (
	"context"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Kind is one kind of experiment. All of its functions must be there.
type Kind struct {
	// Part is an empty part of a plan. Its key names the kind: in the plan, as a stage, as its section and as its raw
	// file.
	Part func() plan.Part
	// People says that the kind logs in as people whose passwords are known, so that no other machine may reach its
	// servers.
	People bool
	// Measure runs the stage. Its error ends the run.
	Measure func(ctx context.Context, b Bench) error
	// Complete says what is wrong with the lines of a run, and what is missing from a run that came to its end. Package
	// experiment has a function of this name that does it.
	Complete func(r *record.Run) []message.Message
	// Analyse reads the lines of a run whose plan asks for the kind.
	Analyse func(r *record.Run) Findings
}

// Name is the key of the kind's part.
func (k Kind) Name() string { return k.Part().Key() }

// Findings are what a kind found in one run. As JSON they are its entry in report.json.
type Findings interface {
	// Known reports whether anything was measured.
	Known() bool
	// Answer is what they say at the head of a report, a sentence each.
	Answer() []message.Message
	// Section exists even where nothing was measured, and says so then.
	Section() page.Section
	// Figures are the figures by which two runs may be compared.
	Figures() []Figure
}

// Columned are findings that have a column in the report's main table.
type Columned interface {
	Column() (page.Column, func(plan.Scheme) page.Cell)
}

// Headlined are findings with sentences for the first screen of a report that is about them.
type Headlined interface {
	Headline() []page.Verdict
}

// Limited are findings that have limits of their own: what they leave out, and what follows from that.
type Limited interface {
	Limits() [][2]message.Message
}

// Unresolved are findings that may leave some of their questions without an answer.
type Unresolved interface {
	// Unresolved says how many; it is zero where all were answered.
	Unresolved() message.Message
}

// Extrapolated are findings that say from how many replicas on the store of a scheme is the bottleneck, where each has
// a whole core. The report sets what small machines showed beside them.
type Extrapolated interface {
	// Bottleneck is unknown where the findings do not say.
	Bottleneck(scheme string) stats.Estimate
	// Shared is the CPU µs that a request takes the store, alone on a core; unknown like Bottleneck.
	Shared(scheme string) stats.Estimate
}

// Figure is one number of one scheme.
type Figure struct {
	What   message.Message
	Scheme string
	Of     stats.Estimate
}
