package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// Plain is a lesson in a terminal.
type Plain struct {
	Stand    *stand.Stand
	Courier  lesson.Courier
	Language message.Language
	Root     string // the repository, to show lines of code; "" where it is not here
	Plan     lesson.Plan
	// From is the scene and the index of the step to begin with; "" is the beginning. The lesson then goes on to the end
	// of that scene.
	From string
	Step int
	// In has the class's bets, a number on each line. Where it ends, the lesson goes on without bets.
	In  io.Reader
	Out io.Writer
}

// Play plays the lesson. An error says what could not be done, or what the servers did not answer as they must.
func (p Plain) Play(ctx context.Context) error {
	in := bufio.NewScanner(p.In)
	for i, scene := range lesson.Scenes {
		if p.From != "" && p.From != scene.Name || !p.Plan.Has(scene.Name) {
			continue
		}
		var lacks message.Message
		for _, c := range scene.Columns {
			if lacks.IsZero() {
				lacks = p.Stand.Lacks(ctx, c.Setting)
			}
		}
		if !lacks.IsZero() && p.From != "" {
			return fmt.Errorf("scene %s cannot be played: %s", scene.Name, lacks)
		}
		p.say("\n", message.New("demo.plain.scene", "number", i+1, "title", scene.Title()), "\n")
		if !lacks.IsZero() {
			p.say("", message.New("demo.plain.lacks", "what", lacks), "\n")
			continue
		}
		p.say("", scene.About(), "\n")
		if err := p.play(ctx, scene, in); err != nil {
			return err
		}
	}
	return nil
}

// play plays one scene.
func (p Plain) play(ctx context.Context, scene lesson.Scene, in *bufio.Scanner) error {
	world, err := lesson.Open(ctx, p.Stand, scene, p.Courier)
	if err != nil {
		return err
	}
	defer world.Close()
	if err := world.Reach(ctx, p.Step); err != nil {
		return err
	}
	for step := p.Step; step < len(scene.Steps); step++ {
		words := scene.Words(step)
		p.say("\n", message.New("demo.plain.step", "number", step+1, "title", words.Title), "\n")
		p.say("", words.Say, "\n")
		bet := p.ask(scene.Steps[step].Bet, words.Bet, in)
		found, err := world.Step(ctx, nil)
		for _, side := range lesson.Sides {
			p.say("\n", scene.Columns[side].Head(), "\n")
			p.evidence(scene.Columns[side], found[side])
		}
		if err != nil {
			for _, why := range lesson.Reasons(err) {
				p.say("  ", why, "\n")
			}
			return fmt.Errorf("step %s/%d did not go as it should: play it again with --scene %[1]s/%[2]d", scene.Name, step+1)
		}
		fmt.Fprintln(p.Out)
		p.settle(scene.Steps[step], bet, found)
		if bet >= 0 {
			p.line(scene.Pick(step, scene.Steps[step].Bet[bet].Name))
		}
		p.say("", words.Why, "\n")
		for _, c := range scene.Steps[step].Code {
			p.code(c)
		}
	}
	return nil
}

// code writes where the reason stands.
func (p Plain) code(c lesson.Code) {
	at := c.File
	if found, err := c.Find(p.Root); err == nil {
		at += ":" + strconv.Itoa(found.Line)
	}
	p.say("", message.New("demo.plain.code", "at", at, "what", c.Line), "\n")
}

// telling are the headers of an answer that tell what the lesson is about.
var telling = map[string]bool{
	"X-Replica": true, "Server-Timing": true, "Set-Cookie": true, "Authlab-Effective-Within": true, "Retry-After": true,
	"Www-Authenticate": true,
}

// say writes a message between two texts.
func (p Plain) say(before string, m message.Message, after string) {
	fmt.Fprint(p.Out, before, m.In(p.Language), after)
}

// line writes a message on a line of its own, if there is one.
func (p Plain) line(m message.Message) {
	if !m.IsZero() {
		p.say("", m, "\n")
	}
}

// ask lets the class bet. It returns the index of its choice; -1 for none.
func (p Plain) ask(bet []lesson.Choice, question message.Message, in *bufio.Scanner) int {
	if len(bet) == 0 {
		return -1
	}
	p.say("", question, "\n")
	for i, c := range bet {
		p.say(fmt.Sprintf("  %d  ", i+1), c.Words, "\n")
	}
	if !in.Scan() {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(in.Text()))
	if err != nil || n < 1 || n > len(bet) {
		return -1
	}
	return n - 1
}

// settle says whether the class was right.
func (p Plain) settle(step lesson.Step, placed int, found [2]*lesson.Evidence) {
	won := lesson.Won(step.Bet, found[lesson.Left], found[lesson.Right])
	for i, c := range step.Bet {
		switch {
		case c.Name != won:
		case placed < 0:
			p.say("", message.New("demo.plain.was", "what", step.Called(i)), "\n")
		case placed == i:
			p.say("", message.New("demo.plain.right", "what", step.Called(i)), "\n")
		default:
			p.say("", message.New("demo.plain.wrong", "what", step.Called(i), "bet", step.Called(placed)), "\n")
		}
	}
}

// evidence writes what a step left in a column.
func (p Plain) evidence(column lesson.Column, e *lesson.Evidence) {
	if e == nil {
		return
	}
	for _, d := range e.Deeds {
		if d.Told != nil {
			p.say("  ", *d.Told, "\n")
			continue
		}
		x := d.Exchange
		fmt.Fprintf(p.Out, "  $ %s\n", x.Curl)
		fmt.Fprintf(p.Out, "  %s\n", strings.TrimSpace(fmt.Sprint(x.Status(), " ", x.Answer.Body, x.Answer.Failure)))
		for _, h := range x.Answer.Headers {
			if telling[h.Name] {
				fmt.Fprintf(p.Out, "      %s: %s\n", h.Name, h.Value)
			}
		}
	}
	if t := e.Token; t != nil {
		p.say("  ", message.New("demo.plain.token", "header", t.Header, "bytes", t.Signature), "\n")
		for _, c := range t.Claims {
			fmt.Fprintf(p.Out, "      %-5s %-24s %s\n", c.Name, c.Value, c.Means().In(p.Language))
		}
	}
	if p.store(e.Store); e.Store == nil {
		p.say("  ", column.Without(), "\n")
	}
	p.race(e.Race)
	if c := e.Clock; c != nil {
		p.say("  ", message.New("demo.plain.clock", "asked", c.Asked, "worked", c.Worked, "seconds", c.Seconds), "\n")
	}
}

// store writes what Redis holds, if there is one.
func (p Plain) store(s *lesson.Store) {
	switch {
	case s == nil:
		return
	case s.Silent:
		p.say("  ", message.New("demo.plain.silent"), "\n")
		return
	}
	told := message.New("demo.plain.store", "lookups", s.Lookups, "keys", len(s.Keys)+s.More)
	if s.Loaded {
		told = message.New("demo.plain.store-loaded", "keys", len(s.Keys)+s.More)
	}
	p.say("  ", told, "\n")
	if s.Loaded { // the keys are those of a crowd
		return
	}
	for _, command := range s.Asked {
		fmt.Fprintf(p.Out, "      > %s\n", command)
	}
	for _, k := range s.Keys {
		p.say("      ", message.New("demo.plain.key", "name", k.Name, "seconds", k.Lives/1000), "\n")
	}
}
