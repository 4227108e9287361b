package analysis

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/stats"
)

// Across compares two runs. It compares only ratios that a run established within itself: absolute figures of two runs
// differ by the hour.
type Across struct {
	Warnings []message.Message // what differs besides what was to be compared
	Changes  []Change          // by figure, then scheme
	Alone    []message.Message // figures of one run only
}

// Change is how one figure changed from one run to the other.
type Change struct {
	Figure   message.Message // cost ÷ control; answers/s, 8 replicas ÷ 1
	Scheme   string
	Old, New stats.Estimate
	// Ratio is New ÷ Old. Its interval holds every quotient of the two intervals. A change is therefore called different
	// only where two 95 % intervals do not touch: two runs differ by more than the rounds of each can tell.
	Ratio stats.Estimate
	// Once says that each run started the clusters of this figure once. Starts of one program differ by more than the
	// rounds of each can tell, so that no such change is called different.
	Once bool
	// Floor is the share by which figures of one and the same program changed. A smaller change is not a change.
	Floor     float64
	Different bool
}

// Different counts the changes that are, and those that could be.
func (x *Across) Different() (n, of int) {
	for _, c := range x.Changes {
		if !c.Once {
			of++
		}
		if c.Different {
			n++
		}
	}
	return n, of
}

// AcrossRuns compares two runs. The error says why nothing that they measured can be compared, and names the run where
// one run alone is the reason.
func AcrossRuns(before, after *Comparable) (*Across, error) {
	if why := refusal(before, after); !why.IsZero() {
		return nil, errors.New(why.String())
	}
	x := &Across{Warnings: warnings(before, after)}
	for _, b := range before.Figures {
		if a, ok := before.of(b, after); ok {
			x.add(b, a)
		} else {
			x.alone(b)
		}
	}
	for _, a := range after.Figures {
		if _, ok := after.of(a, before); !ok {
			x.alone(a)
		}
	}
	if len(x.Changes) == 0 {
		return nil, errors.New(message.New("across.nothing").String())
	}
	return x, nil
}

// refusal says why two runs cannot be compared.
func refusal(before, after *Comparable) message.Message {
	for _, c := range []*Comparable{before, after} {
		if !c.Cannot.IsZero() {
			return message.New("across.refused", "run", c.Run, "why", c.Cannot)
		}
	}
	for _, b := range before.Same {
		for _, a := range after.Same {
			role, isPart := strings.CutPrefix(b.Key, "across.part ")
			switch {
			case a.Key != b.Key || a.Value == b.Value:
			case isPart:
				return message.New("across.part", "before", b.Value, "after", a.Value, "role", message.Tier(role))
			case b.Key == "across.targets":
				return message.New("across.targets", "before", b.Value, "after", a.Value)
			default:
				return message.New("across.platforms", "before", b.Value, "after", a.Value)
			}
		}
	}
	return message.Message{}
}

// names are the traits that are worth a warning.
var names = map[string]message.Message{
	"across.cpu":      message.New("across.cpu"),
	"across.cores":    message.New("across.cores"),
	"across.os":       message.New("across.os"),
	"across.kernel":   message.New("across.kernel"),
	"across.go":       message.New("across.go"),
	"across.governor": message.New("across.governor"),
	"across.commit":   message.New("across.commit"),
	"across.budgets":  message.New("across.budgets"),
	"across.parts":    message.New("across.parts"),
	"across.plan":     message.New("across.plan"),
}

// warnings lists what else differs.
func warnings(before, after *Comparable) (all []message.Message) {
	unknown := message.New("across.unknown").String()
	for i, b := range before.Told {
		if a := after.Told[i]; a.Value != b.Value {
			all = append(all, message.New("across.differs", "what", names[b.Key],
				"before", cmp.Or(b.Value, unknown), "after", cmp.Or(a.Value, unknown)))
		}
	}
	if before.Digest != "" && before.Digest == after.Digest {
		all = append(all, message.New("across.same-run"))
	}
	for _, c := range []*Comparable{before, after} {
		if c.Dirty {
			all = append(all, message.New("across.uncommitted", "run", c.Run))
		}
	}
	if before.Plan == after.Plan && before.Content != after.Content {
		all = append(all, message.New("across.same-name"))
	}
	return all
}

// of is the same figure of the other run, where both know it.
func (c *Comparable) of(f Comparand, other *Comparable) (same Comparand, ok bool) {
	i := slices.IndexFunc(other.Figures, func(o Comparand) bool { return o.Key == f.Key && o.Scheme == f.Scheme })
	if i < 0 || !f.Of.Known() || !other.Figures[i].Of.Known() {
		return same, false
	}
	return other.Figures[i], true
}

// add computes by how much a figure changed.
func (x *Across) add(b, a Comparand) {
	before, after := b.Of, a.Of
	c := Change{
		Figure: b.Figure.Message, Scheme: b.Scheme, Old: before, New: after, Once: b.Once || a.Once,
		Floor: math.Max(b.Floor, a.Floor),
		Ratio: stats.Estimate{
			Center: after.Center / before.Center, Low: after.Low / before.High, High: after.High / before.Low,
			N: min(before.N, after.N), Why: before.Why,
		},
	}
	if c.Ratio.Why.IsZero() {
		c.Ratio.Why = after.Why
	}
	if !c.Ratio.Why.IsZero() {
		c.Ratio.Low, c.Ratio.High = c.Ratio.Center, c.Ratio.Center
	}
	c.Different = !c.Once && c.Ratio.Excludes(1) && math.Abs(c.Ratio.Center-1) > c.Floor
	x.Changes = append(x.Changes, c)
}

// alone notes, once, a figure that only one run has, or that the runs do not have in the same form.
func (x *Across) alone(f Comparand) {
	m := message.New("figure.alone", "figure", f.Figure, "scheme", f.Scheme)
	if !slices.ContainsFunc(x.Alone, func(o message.Message) bool { return o.String() == m.String() }) {
		x.Alone = append(x.Alone, m)
	}
}
