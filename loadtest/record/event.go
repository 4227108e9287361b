package record

import (
	"time"

	"authlab/loadtest/message"
)

// EventKind is the type of an Event.
type EventKind string

// The kinds of events.
const (
	Started     EventKind = "started"     // a cluster is up: its scheme and nonce
	Predicted   EventKind = "predicted"   // predictions.json was frozen: its checksum and the time
	Skipped     EventKind = "skipped"     // not measured, because a requirement is missing
	DoesNotFit  EventKind = "doesnotfit"  // not measured, because the machine is too small
	Interrupted EventKind = "interrupted" // the user ended the run
	Failed      EventKind = "failed"      // an error ended the run
	Finished    EventKind = "finished"    // the run is complete
)

// Event is a line of events.jsonl: a fact about a run that no slice shows.
type Event struct {
	Kind   EventKind `json:"kind"`
	About  string    `json:"arm,omitempty"`    // a scheme, a stage or a part; "" for the run
	Nonce  string    `json:"nonce,omitempty"`  // of a started cluster
	SHA256 string    `json:"sha256,omitempty"` // of the frozen file
	At     time.Time `json:"at,omitzero"`      // when it was frozen
	// Said is what happened, and Help what would make it possible.
	Said message.Message `json:"said,omitzero"`
	Help message.Message `json:"help,omitzero"`
	// Sentence and Provide are the same in older runs.
	Sentence string `json:"sentence,omitempty"`
	Provide  string `json:"provide,omitempty"`
	Slices   int    `json:"slices,omitempty"` // the number of slices left out of a run on a target
}

// Text says what happened.
func (e Event) Text() message.Message { return said(e.Said, e.Sentence) }

// Hint says what would make it possible; nothing if that is unknown.
func (e Event) Hint() message.Message { return said(e.Help, e.Provide) }

// said is a message, or what an older run has instead.
func said(m message.Message, older string) message.Message {
	if m.IsZero() && older != "" {
		return message.Text(older)
	}
	return m
}
