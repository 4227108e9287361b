package lesson

import (
	"errors"
	"fmt"

	"authlab/loadtest/message"
)

// amiss is an error that the class reads, in its own language: what a step shows instead of what it should, or why it
// could not be done.
type amiss struct{ said message.Message }

// Error implements error.
func (a amiss) Error() string { return a.said.String() }

// beside is what went wrong in one column of a step.
type beside struct {
	scene, step string
	column      Column
	what        error
}

// Error implements error.
func (b beside) Error() string {
	return fmt.Sprintf("scene %s, step %s, %s: %v", b.scene, b.step, b.column.Label, b.what)
}

// Unwrap is what went wrong.
func (b beside) Unwrap() error { return b.what }

// Reasons are what an error of a step says to the class, a sentence for each thing that went wrong. What the system or
// another program says has no words of ours, and stands as it is in a sentence that says so.
func Reasons(err error) (all []message.Message) {
	switch e := err.(type) { // not errors.As: the order of what is joined, and the column of each, must stay
	case nil:
		return nil
	case beside:
		for _, what := range Reasons(e.what) {
			all = append(all, message.New("demo.amiss.beside", "side", e.column.Head(), "what", what))
		}
		return all
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, Reasons(one)...)
		}
		return all
	}
	if a, ok := errors.AsType[amiss](err); ok {
		return []message.Message{a.said}
	}
	return []message.Message{message.New("demo.amiss.system", "what", err)}
}
