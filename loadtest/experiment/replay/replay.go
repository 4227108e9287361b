// Package replay asks how many replicas of one whole core one Redis of one whole core carries.
//
// A replica uses up its core long before it uses up a Redis on another, and two cores hold no more replicas. So the two
// are saturated one after the other, in slices of one round: the replica by requests, and then its Redis by a replay of
// the commands that it was asked while a replica was saturated. The replay sends them in batches as large as the
// replica's were in the same round, so that Redis reads as many commands at a time. With a core each, the Redis is the
// bottleneck from N* = replica's CPU per request ÷ store's CPU per request on.
//
// A replay that Redis answers more cheaply than it answered the replica would make N* too large. A slice therefore
// counts only if Redis, by its own counters, was asked as many commands, read as many at a time and found as many keys
// for each as with the replica: a session that is gone is answered with nothing, for less.
//
// The samples of an interval are starts of both programs; within a start the median over its rounds counts.
package replay

import (
	"context"
	"errors"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Kind is the experiment.
var Kind = experiment.Kind{
	Part: func() plan.Part { return new(Part) }, Measure: measure, Complete: complete, Analyse: analyse,
}

// Line is a line of raw/replay.jsonl: a slice of a replica's load, and the replay that followed it.
type Line struct {
	Start  int    `json:"start"` // which start of replica and store
	Round  int    `json:"round"` // of that start
	Scheme string `json:"arm"`
	Nonce  string `json:"nonce"` // of the cluster
	// Lack says why nothing was measured at this start. Such a line is the only one of its scheme and start.
	Lack     message.Message   `json:"lack,omitzero"`
	Recorded Taped             `json:"recorded"` // what the replay plays
	Replica  Loaded            `json:"replica"`
	Store    experiment.Played `json:"store"`
}

// Taped is a recording: requests, and the commands that they made.
type Taped struct {
	Requests
	Commands uint64 `json:"commands"`
}

// Loaded is a slice of a saturated replica.
type Loaded struct {
	Requests
	CPU     time.Duration `json:"cpu_ns"` // of the replica
	Elapsed time.Duration `json:"elapsed_ns"`
	Asked   record.Asked  `json:"asked"` // by the store's own count
}

// Requests are those of a slice.
type Requests struct {
	Served uint64 `json:"served"`
	Sent   uint64 `json:"sent"` // of them, those that are judged
	OK     uint64 `json:"ok"`
}

func requests(s record.Slice) Requests { return Requests{s.Served, s.Sent, s.Verdicts[record.OK]} }

// measure visits all schemes in each round, so that their costs are those of the same time.
func measure(ctx context.Context, b experiment.Bench) error {
	part, _ := plan.PartOf[*Part](b.Plan())
	for start := range part.Starts {
		if err := measureStart(ctx, b, part, start); err != nil {
			return err
		}
	}
	return nil
}

// recording is how long a recording takes: ten thousand users have asked then, so that as many keys are on the tape.
const recording = time.Second

// standing is one scheme at one start.
type standing struct {
	experiment.Servers
	tape experiment.Tape
	line Line // without what a round adds
}

func measureStart(ctx context.Context, b experiment.Bench, part *Part, start int) error {
	var all []*standing
	defer func() {
		for _, s := range all {
			s.Down()
		}
	}()
	for _, scheme := range asking(b.Plan()) {
		servers, err := b.Stand(ctx, experiment.Setup{Scheme: scheme, Replicas: 1, Users: b.Plan().Users, Apart: true})
		if err != nil {
			return err
		}
		s := &standing{Servers: servers, line: Line{Start: start, Scheme: scheme.Name, Nonce: servers.Nonce()}}
		all = append(all, s)
		if err := s.record(ctx, b, part); err != nil {
			return err
		}
	}
	for round := range part.Rounds {
		for _, i := range b.Plan().Shuffle(key, start*part.Rounds+round, len(all)) {
			if all[i].tape == nil {
				continue
			}
			if err := all[i].visit(ctx, b, part, round); err != nil {
				return err
			}
		}
	}
	return nil
}

// record signs the users in and makes the tape, or keeps why there is none.
func (s *standing) record(ctx context.Context, b experiment.Bench, part *Part) error {
	if err := s.SignIn(ctx, b.Plan().Users); err != nil {
		return err
	}
	b.Doing(message.New("replay.doing", "scheme", s.line.Scheme))
	err := b.Apart(true, func() (err error) {
		if _, err = s.Saturate(ctx, part.Connections, part.Slice); err != nil { // it opens the connections
			return err
		}
		s.tape, err = s.Tape(ctx, part.Connections, recording, part.Lanes)
		return err
	})
	if unable, ok := errors.AsType[experiment.Unable](err); ok {
		s.tape, s.line.Lack = nil, unable.Why
		return b.Keep(s.line)
	}
	if err != nil {
		return err
	}
	slice, commands := s.tape.Recorded()
	s.line.Recorded = Taped{requests(slice), commands}
	if commands == 0 {
		s.tape, s.line.Lack = nil, message.New("replay.nothing-asked")
		return b.Keep(s.line)
	}
	return nil
}

// visit is one round: the replica, and then the store.
func (s *standing) visit(ctx context.Context, b experiment.Bench, part *Part, round int) (err error) {
	line := s.line
	line.Round = round
	if err := b.Apart(true, func() error { return s.load(ctx, part, &line.Replica) }); err != nil {
		return err
	}
	line.Store, err = s.tape.Play(ctx, depth(line.Replica.Asked), part.Slice)
	if err != nil {
		return err
	}
	return b.Keep(line)
}

// load saturates the replica. The store's counters are read outside the time that is metered.
func (s *standing) load(ctx context.Context, part *Part, to *Loaded) error {
	asked, err := s.Asked(ctx)
	if err != nil {
		return err
	}
	cpu, _, err := s.Used()
	if err != nil {
		return err
	}
	slice, err := s.Saturate(ctx, part.Connections, part.Slice)
	if err != nil {
		return err
	}
	after, _, err := s.Used()
	if err != nil {
		return err
	}
	now, err := s.Asked(ctx)
	*to = Loaded{requests(slice), after - cpu, slice.Elapsed, now.Since(asked)}
	return err
}

// depth is how many commands a read brought.
func depth(a record.Asked) float64 {
	if a.Reads < 1 {
		return 1
	}
	return float64(a.Commands) / float64(a.Reads)
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}

// complete checks the lines against the plan.
func complete(r *record.Run) []message.Message {
	part, _ := plan.PartOf[*Part](r.Plan)
	lacking := map[string]int{}
	for _, l := range read(r) {
		if !l.Lack.IsZero() {
			lacking[l.Scheme]++
		}
	}
	return experiment.Complete(r, key, message.New("replay.lines"), asking(r.Plan),
		func(l Line) (string, int, int) { return l.Scheme, l.Start, l.Round },
		func(s plan.Scheme) int {
			n := min(lacking[s.Name], part.Starts)
			return n + (part.Starts-n)*part.Rounds
		})
}
