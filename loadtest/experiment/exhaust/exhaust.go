// Package exhaust asks what an attacker's requests cost a server: CPU for bytes sent, in requests that are made to be
// expensive. A drain is such a request, in several sizes, and each is measured beside a valid request of the same
// moment. Beside them stands the price of defences: the same request with and without one. A defence that no server can
// be started without is priced in process: the same handler with and without it.
//
// A drain is data; to add one, add it to the table and to a plan.
package exhaust

import (
	"context"
	"errors"
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Kind is the experiment.
var Kind = experiment.Kind{
	Part: func() plan.Part { return new(Part) }, People: true, Measure: measure, Complete: complete, Analyse: analyse,
}

// Line is a line of raw/exhaust.jsonl: a drain of one size and the valid requests beside it, or a turn of a defence and
// the same requests without it, or a round of a defence in process.
type Line struct {
	Start  int                `json:"start"`           // which start of the servers, or of what runs in process
	Scheme string             `json:"arm"`             // Inside for what runs in process
	Nonce  string             `json:"nonce,omitempty"` // of the cluster
	What   string             `json:"what"`            // the drain's or the defence's name
	Size   int                `json:"size,omitempty"`
	Turn   int                `json:"turn,omitempty"`  // of a defence, or a round in process
	Beside experiment.Flooded `json:"beside,omitzero"` // valid requests, or those without the defence
	Of     experiment.Flooded `json:"of,omitzero"`     // the drain's requests, or those with the defence
	// Inside are the slices of a round in process; nil for all else.
	Inside *experiment.Arms `json:"inside,omitempty"`
}

// Inside stands in place of a scheme where code of all servers was measured in process.
const Inside = "in-process"

// measure visits all schemes in one order, drawn anew at each start.
func measure(ctx context.Context, b experiment.Bench) error {
	part, _ := plan.PartOf[*Part](b.Plan())
	for start := range part.Starts {
		if err := measureStart(ctx, b, part, start); err != nil {
			return err
		}
	}
	return nil
}

// longest is how long a drain of counted requests may take.
const longest = 30 * time.Second

func measureStart(ctx context.Context, b experiment.Bench, part *Part, start int) error {
	b.Doing(message.New("exhaust.doing", "start", start+1, "starts", part.Starts))
	if err := measureInside(ctx, b, part, start); err != nil {
		return err
	}
	sites := map[string]*site{}
	defer func() {
		for _, s := range sites {
			s.Down()
		}
	}()
	type call struct {
		at *site
		Visit
	}
	var calls []call
	schemes := b.Plan().LoginSchemes()
	for _, scheme := range schemes {
		s, err := open(ctx, b, part, scheme)
		if s != nil {
			sites[scheme.Name] = s
		}
		if err != nil {
			return err
		}
		for _, v := range part.Visits(b.Plan(), scheme) {
			calls = append(calls, call{s, v})
		}
	}
	return b.Apart(true, func() error {
		for i, at := range b.Plan().Shuffle(key, start, len(calls)) {
			c := calls[at]
			m := &measuring{site: c.at, sites: sites, part: part, start: start, swap: i%2 == 1}
			line, err := m.visit(ctx, c.Visit)
			if err != nil {
				return err
			}
			if err := b.Keep(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// hopSlice is the CPU time of a slice in process: short beside what disturbs a machine.
const hopSlice = time.Millisecond

// measureInside has defences measured in process, before the servers of this start share the machine with it.
func measureInside(ctx context.Context, b experiment.Bench, part *Part, start int) error {
	if len(part.Inside) == 0 {
		return nil
	}
	all, err := b.Hop(ctx, experiment.Hops{
		Defences: part.Inside, Rounds: part.Rounds, Slice: hopSlice, Seed: b.Plan().Seed<<32 | uint64(start),
	})
	if err != nil {
		return err
	}
	for _, h := range all {
		line := Line{Start: start, Scheme: Inside, What: h.Defence, Turn: h.Round, Inside: &h.Arms}
		if err := b.Keep(line); err != nil {
			return err
		}
	}
	return nil
}

// open starts the servers of a scheme and logs its users in.
func open(ctx context.Context, b experiment.Bench, part *Part, scheme plan.Scheme) (*site, error) {
	servers, err := b.Stand(ctx, experiment.Setup{
		Scheme: scheme, Replicas: 1, Users: users(part.Connections), Flags: []string{"--demo-users"}, Apart: true,
	})
	if err != nil {
		return nil, err
	}
	flooded, ok := servers.(experiment.Floodable)
	if !ok {
		servers.Down()
		return nil, errors.New("these servers cannot be flooded: run the plan on servers that the lab starts")
	}
	s := &site{Floodable: flooded, scheme: scheme}
	return s, s.prepare(ctx, part.Connections)
}

// measuring is one visit of a site. With swap, what stands beside a drain or a defence is measured after it.
type measuring struct {
	*site
	sites map[string]*site // all, by scheme
	part  *Part
	start int
	swap  bool
	fresh []*holder // who have just logged in
}

func (m *measuring) visit(ctx context.Context, v Visit) (Line, error) {
	line := Line{
		Start: m.start, Scheme: m.scheme.Name, Nonce: m.Nonce(), What: v.Name(), Size: v.Size, Turn: v.Turn,
	}
	beside, of, err := m.sides(ctx, v)
	if err != nil {
		return line, err
	}
	work := []func() (err error){
		func() (err error) { line.Beside, err = beside(); return err },
		func() (err error) { line.Of, err = of(); return err },
	}
	if m.swap {
		slices.Reverse(work)
	}
	for _, do := range work {
		if err := do(); err != nil {
			return line, err
		}
	}
	return line, nil
}

// side sends one of the two floods of a visit.
type side func() (experiment.Flooded, error)

// sides are the two floods of a visit.
func (m *measuring) sides(ctx context.Context, v Visit) (beside, of side, err error) {
	send := func(at *site, f experiment.Flood) side {
		return func() (experiment.Flooded, error) { return at.Flood(ctx, f) }
	}
	if v.Defence != nil {
		without, with, err := v.Defence.sides(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		return send(without.at, m.lanes(without.lane)), send(with.at, m.lanes(with.lane)), nil
	}
	if v.Drain.Fresh {
		if m.fresh, err = m.logIn(ctx, m.part.Connections, m.part.Connections); err != nil {
			return nil, nil, err
		}
	}
	f := experiment.Flood{Window: m.part.Slice}
	if v.Drain.Counted {
		f = experiment.Flood{Window: longest, Most: v.Size}
	}
	for i := range m.part.Connections * max(1, v.Drain.Lanes) {
		f.Lanes = append(f.Lanes, v.Drain.lane(m, v.Size, i))
	}
	valid := m.lanes(func(i int) lane { return always(m.me(m.valid[i])) })
	valid.Window = m.part.beside(v)
	return send(m.site, valid), send(m.site, f), nil
}

// lanes are a flood of a slice, with a lane for each connection.
func (m *measuring) lanes(of func(i int) lane) experiment.Flood {
	f := experiment.Flood{Window: m.part.Slice}
	for i := range m.part.Connections {
		f.Lanes = append(f.Lanes, of(i))
	}
	return f
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}

// complete checks the lines against the plan.
func complete(r *record.Run) []message.Message {
	part, _ := plan.PartOf[*Part](r.Plan)
	names := slices.Concat(part.Drains, part.Defences, part.Inside)
	rows := r.Plan.LoginSchemes()
	if len(part.Inside) > 0 {
		rows = append(rows, plan.Scheme{Name: Inside})
	}
	return experiment.Complete(r, key, message.New("exhaust.lines"), rows,
		func(l Line) (string, int, int) {
			// A start, and then what was measured: turns and sizes are below a million.
			return l.Scheme, l.Start, slices.Index(names, l.What)*1_000_000 + l.Size + l.Turn
		},
		func(s plan.Scheme) int {
			if s.Name == Inside {
				return part.Starts * part.Rounds * len(part.Inside)
			}
			return part.Starts * len(part.Visits(r.Plan, s))
		})
}
