// Package page defines what a report consists of, and writes it in a language: as one HTML page that fetches nothing,
// as Markdown, and as text for a terminal. It knows plans, because tables are grouped by the guarantees of their rows.
// It knows no figures.
package page

import (
	"html/template"

	"authlab/loadtest/message"
)

// Document is a report independent of its form and its language. All above Sections is its front: the first screen.
type Document struct {
	Title    message.Message // of the window
	Name     message.Message // the heading
	Question message.Message
	Facts    []message.Message // which run, when, on what
	Badges   []Badge           // at least one
	Verdicts []Verdict         // at least one
	Advice   Advice            // what to choose
	Charts   []Chart           // that carry the verdicts
	Notices  []message.Message // what a reader must know besides
	Sections []Section         // the first is a part of the front in Markdown
	Live     Live              // what the page computes with
}

// Advice says what to choose: a line for each need, because a reader has one of them.
type Advice []Choice

// Choice is what to take in one case.
type Choice struct{ When, Take message.Message }

// Message is a choice as a sentence.
func (c Choice) Message() message.Message {
	return message.New("verdict.choice", "when", c.When, "take", c.Take)
}

// Message is the advice in sentences; nothing where there are no choices.
func (a Advice) Message() message.Message {
	if len(a) == 0 {
		return message.Message{}
	}
	var choices []message.Message
	for _, c := range a {
		choices = append(choices, c.Message())
	}
	return message.New("verdict.advice", "choices", choices)
}

// State is how far a run may be trusted.
type State string

// The states, the worst first.
const (
	Void      State = "void"
	Damaged   State = "damaged"
	Partial   State = "partial"
	Empty     State = "empty"
	Embedded  State = "embedded"
	Noisy     State = "noisy"
	Pressed   State = "pressed"
	Disturbed State = "disturbed"
	Drifted   State = "drifted"
	// Unresolved is a run that leaves some of its questions without an answer.
	Unresolved State = "unresolved"
	Valid      State = "valid"
)

// Badge says how far a run may be trusted, and why.
type Badge struct {
	State State            `json:"state"` // how far
	Why   message.Sentence `json:"why"`   // what it stands on
}

// Verdict is one sentence of the first screen with its one figure. What it says is a sentence of at most 25 words.
type Verdict struct {
	ID       string           `json:"id"`                // such as cost
	Asks     message.Sentence `json:"asks"`              // what it answers, in a few words
	Figure   message.Sentence `json:"figure"`            // the one figure, with its unit; a dash where there is none
	Says     message.Sentence `json:"sentence"`          // what the figure says
	Interval message.Sentence `json:"interval,omitzero"` // of the figure, 95 %
	Means    message.Sentence `json:"means,omitzero"`    // the same in other terms, and what to know besides
	Setup    message.Sentence `json:"setup,omitzero"`    // in which set-up the figure was found
	Section  string           `json:"section"`           // the anchor of its evidence
}

// Section is a part of the evidence.
type Section struct {
	ID      string
	Title   message.Message
	Reading Reading
	Text    []message.Message
	Charts  []Chart
	Tables  []Table
	Notes   []message.Message
	Fold    message.Message // what the fold of the notes is called, where they do not say how figures were made
}

// Reading is how to read a section.
type Reading struct {
	See, Why, Not message.Message   // what you see, why it is so, and what it does not show
	Misread       []message.Message // wrong conclusions that readers drew, and why they are wrong
}

// Width is for how many CSS pixels a chart is drawn.
type Width float64

// A chart is drawn twice, and the page shows the one that fits.
const (
	Wide   Width = 720
	Narrow Width = 360
)

// Chart is a picture with its words and its figures. Alt describes it to readers who cannot see it.
type Chart struct {
	ID         string // its anchor
	Title, Alt message.Message
	Marks      []message.Message // what its marks mean
	Misread    message.Message   // a wrong conclusion, and why it is wrong
	Figures    Table             // what it draws
	Folded     bool              // it is of second rank
	// SVG draws it, with the words of that language in it.
	SVG func(message.Language, Width) template.HTML
}
