package measuretest

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/record"
)

// Edit changes the lines of one kind of experiment in a run, in the form of its file.
func Edit[T any](run *measure.Run, kind string, change func(*T)) {
	lines, damage := record.Lines[T](&run.Run, kind)
	if len(lines) == 0 || len(damage) > 0 {
		panic("there are no lines to edit: " + kind)
	}
	delete(run.Kinds, kind)
	for _, line := range lines {
		change(&line)
		run.Add(kind, line)
	}
}
