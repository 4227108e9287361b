package lesson

import (
	"authlab/loadtest/demo/stand"
)

// Side is a column of the lesson.
type Side int

// The sides.
const (
	Left Side = iota
	Right
)

// Sides are both of them.
var Sides = [2]Side{Left, Right}

// Scene is a part of the lesson, with an address of its own.
type Scene struct {
	Name    string // in addresses, and in the keys of its words: demo.scene.NAME
	Minutes int    // that a class takes for it, with its bets and its talk
	Columns [2]Column
	Steps   []Step
}

// Column is what stands on one side of a scene.
type Column struct {
	Label   string // the key of its head: demo.column.LABEL
	Setting stand.Setting
}

// Step is one action of the class, which goes to both columns.
type Step struct {
	Name string // in addresses, and in the keys of its words: demo.scene.SCENE.NAME
	Acts [2][]Act
	// Expect are what the evidence of each column must show. Where it does not, the step has failed and the class is told.
	Expect [2][]Expect
	// Bet are the answers that the class may choose from before the step runs; empty where it is not asked. Exactly one
	// holds for what then happens.
	Bet []Choice
	// Answer is the name of the choice that holds wherever the servers do what they must, for the teacher; empty where
	// that depends on the computer.
	Answer string
	// Puzzle is naive code, one line of which lets the attack in. The bet is then on its lines, and the acts are the
	// attack on the servers of this repository. It is nil for most steps.
	Puzzle *Puzzle
	Code   []Code
	// Row is the scheme whose row of the report has what this costs; "" where it is not measured.
	Row string
}

// both is for a step whose acts are the same in both columns.
func both(acts ...Act) [2][]Act { return [2][]Act{acts, acts} }

// each is for a step that expects the same of both columns.
func each(expect ...Expect) [2][]Expect { return [2][]Expect{expect, expect} }

// Code is a place in this repository that says why: a line that begins with a text.
type Code struct {
	File string // from the top of the repository
	Line string // the beginning of the line, which no other line of the file has
}

// Named finds a scene; ok is false where none has that name.
func Named(name string) (s Scene, ok bool) {
	for _, s := range Scenes {
		if s.Name == name {
			return s, true
		}
	}
	return s, false
}
