package record

import (
	"cmp"
	"time"

	"authlab/loadtest/message"
)

// EventKind is what an Event tells.
type EventKind string

// The kinds of events.
const (
	Started     EventKind = "started"     // a cluster stands: its arm and nonce
	Predicted   EventKind = "predicted"   // predictions.json was frozen: its checksum, and when
	Skipped     EventKind = "skipped"     // not measured, because something it needs is not there
	DoesNotFit  EventKind = "doesnotfit"  // not measured, because the machine is too small
	Interrupted EventKind = "interrupted" // somebody ended the run
	Failed      EventKind = "failed"      // something went wrong and ended the run
	Finished    EventKind = "finished"    // the run came to its end
)

// Event is a line of events.jsonl: something about a run that no slice shows.
type Event struct {
	Kind   EventKind `json:"kind"`
	About  string    `json:"arm,omitempty"`    // a scheme, a stage or a part; "" for the run
	Nonce  string    `json:"nonce,omitempty"`  // of a started cluster
	SHA256 string    `json:"sha256,omitempty"` // of the file that was frozen
	At     time.Time `json:"at,omitzero"`      // when it was
	// Said is what happened, and Help what would make it possible.
	Said message.Message `json:"said,omitzero"`
	Help message.Message `json:"help,omitzero"`
	// Sentence and Provide are the same in an older run.
	Sentence string `json:"sentence,omitempty"`
	Provide  string `json:"provide,omitempty"`
	Slices   int    `json:"slices,omitempty"` // how many were left out, where some of a target's were
}

// Text is what happened.
func (e Event) Text() string { return cmp.Or(e.Said.String(), e.Sentence) }

// Hint is what would make it possible; "" where that is not known.
func (e Event) Hint() string { return cmp.Or(e.Help.String(), e.Provide) }
