package lesson

import (
	"fmt"
	"slices"

	"authlab/loadtest/message"
)

// Puzzle is a piece of naive code.
type Puzzle struct {
	Lines []string
	Bad   int // the index of the line that lets the attack in
	// Tempting are the indexes of lines that look wrong and are not: each has words that say why.
	Tempting []int
}

// lines makes a bet on the lines of a puzzle.
func (p *Puzzle) lines() (bet []Choice) {
	for i, line := range p.Lines {
		bet = append(bet, Choice{
			Name: lineName(i), Words: message.Text(line), Holds: func(_, _ *Evidence) bool { return i == p.Bad },
		})
	}
	return bet
}

// Called is a choice of a step as a sentence names it: a line of code by its number.
func (s Step) Called(choice int) message.Message {
	if s.Puzzle != nil {
		return message.New("demo.choice.line", "number", choice+1)
	}
	return s.Bet[choice].Words
}

func lineName(i int) string { return fmt.Sprintf("line-%d", i+1) }

// puzzled is a step about a puzzle.
func puzzled(p *Puzzle, s Step) Step {
	s.Name, s.Puzzle, s.Bet, s.Answer = "naive", p, p.lines(), lineName(p.Bad)
	return s
}

// Pick explains a choice of the class; zero where there is nothing to explain.
func (s Scene) Pick(step int, choice string) message.Message {
	p := s.Steps[step].Puzzle
	switch {
	case p == nil || choice == "" || choice == lineName(p.Bad):
		return message.Message{}
	case s.Tempts(step, choice):
		return s.word("naive." + choice)
	}
	return message.New("demo.deed.harmless")
}

// Tempts reports whether a choice is a line that looks wrong and is not.
func (s Scene) Tempts(step int, choice string) bool {
	p := s.Steps[step].Puzzle
	return p != nil && slices.ContainsFunc(p.Tempting, func(i int) bool { return lineName(i) == choice })
}

// Hints are what helps with a puzzle: the last one is the answer.
func (s Scene) Hints(step int) []message.Message {
	if s.Steps[step].Puzzle == nil {
		return nil
	}
	return []message.Message{s.word("naive.hint"), s.word("naive.answer")}
}
