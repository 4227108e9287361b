package incident

import (
	"encoding/json"
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Cell is what an incident did to a scheme, over its repetitions.
type Cell struct {
	Incident string             `json:"incident"`      // the fault's name; calm is none
	Name     string             `json:"scheme"`        // the scheme's name
	Verdict  Verdict            `json:"verdict"`       // held, broken, unknown or unable
	Touched  bool               `json:"touched"`       // the fault had a part of the scheme to break
	Times    int                `json:"times"`         // repetitions
	Why      []message.Sentence `json:"why,omitempty"` // why the hypothesis is not held
	Worst    Figures            `json:"worst"`         // each figure's worst repetition
	scheme   plan.Scheme
	shown    *Line // the repetition in the chart: the one with the most failures
}

// Findings are by incident and scheme.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	rate    float64 // requests/s for each scheme: the plan's, unless the machine had to lower it
	again   int     // repetitions that were made again, because the lab was late
	Cells   []Cell
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Cells) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool { return len(f.Cells) > 0 }

// Figures implements experiment.Findings: what one fault did in two runs is not compared.
func (f *Findings) Figures() []experiment.Figure { return nil }

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	f := &Findings{part: part, schemes: part.Schemes(r.Plan), rate: part.Rate}
	lines, again := counted(read(r))
	f.again = again
	for _, l := range lines {
		if l.Rate > 0 {
			f.rate = min(f.rate, l.Rate)
		}
	}
	for _, i := range part.Incidents() {
		for _, s := range f.schemes {
			if cell, ok := f.cell(i, s, lines); ok {
				f.Cells = append(f.Cells, cell)
			}
		}
	}
	f.doubt()
	return f
}

// of is the cell of an incident and a scheme; nil where there is none.
func (f *Findings) of(incident, scheme string) *Cell {
	k := slices.IndexFunc(f.Cells, func(c Cell) bool { return c.Incident == incident && c.Name == scheme })
	if k < 0 {
		return nil
	}
	return &f.Cells[k]
}

// cell judges every repetition. One that breaks the hypothesis decides; one that shows nothing leaves the rest unknown.
func (f *Findings) cell(i Incident, s plan.Scheme, lines []Line) (c Cell, ok bool) {
	c = Cell{Incident: i.Name, Name: s.Name, Verdict: Held, Touched: i.Touches(s), scheme: s}
	limits := i.LimitsOf(s)
	for k := range lines {
		l := &lines[k]
		if l.Incident != i.Name || l.Scheme != s.Name {
			continue
		}
		ok = true
		if !l.Unable.IsZero() {
			return Cell{
				Incident: i.Name, Name: s.Name, Verdict: Unable, Why: []message.Sentence{{Message: l.Unable}},
			}, true
		}
		figures := l.figures(limits)
		c.Times++
		c.Worst.worse(figures)
		if c.shown == nil || figures.Failed > c.shown.figures(limits).Failed {
			c.shown = l
		}
		if why := l.void(i, figures); !why.IsZero() {
			c.because(Unknown, why)
			continue
		}
		for _, why := range l.breaches(limits, figures, controlled(lines, *l)) {
			c.because(Broken, why)
		}
	}
	if ok && c.Times < max(Times, f.part.Times) {
		c.because(Unknown, message.New("incident.void-times", "times", c.Times))
	}
	return c, ok
}

// controlled is what 99 of 100 of the control's answers took in the same repetition.
func controlled(lines []Line, of Line) time.Duration {
	for _, l := range lines {
		if l.Scheme == plan.Control && l.Incident == of.Incident && l.Repetition == of.Repetition {
			return l.P99
		}
	}
	return 0
}

// because lowers the verdict, and says each kind of reason once.
func (c *Cell) because(v Verdict, why message.Message) {
	if c.Verdict != Broken {
		c.Verdict = v
	}
	if !slices.ContainsFunc(c.Why, func(w message.Sentence) bool { return w.Key == why.Key }) {
		c.Why = append(c.Why, message.Sentence{Message: why})
	}
}

// doubt takes back verdicts that the control or the calm does not support: where servers without logins fail as well,
// or a scheme fails without a fault, the fault is not the cause.
func (f *Findings) doubt() {
	for k := range f.Cells {
		c := &f.Cells[k]
		if c.Verdict != Held && c.Verdict != Broken {
			continue
		}
		calm, control := f.of(Calm, c.Name), f.of(c.Incident, plan.Control)
		switch {
		case c.Incident != Calm && (calm == nil || calm.Verdict != Held):
			c.Verdict, c.Why = Unknown, append(c.Why, message.Say("incident.void-calm"))
		case c.Name != plan.Control && (control == nil || control.Verdict != Held):
			c.Verdict, c.Why = Unknown, append(c.Why, message.Say("incident.void-control"))
		}
	}
}

// worse keeps the worse of each figure.
func (w *Figures) worse(f Figures) {
	if w.Asked == 0 {
		*w = f
		return
	}
	w.Asked, w.Failed, w.Refused = max(w.Asked, f.Asked), max(w.Failed, f.Failed), max(w.Refused, f.Refused)
	w.Admitted, w.Denied = max(w.Admitted, f.Admitted), min(w.Denied, f.Denied)
	w.LoggedOut, w.Lost, w.Longest = max(w.LoggedOut, f.LoggedOut), max(w.Lost, f.Lost), max(w.Longest, f.Longest)
	w.Noticed, w.Recovered, w.First = max(w.Noticed, f.Noticed), max(w.Recovered, f.Recovered), max(w.First, f.First)
	w.P99 = max(w.P99, f.P99)
	if f.Logins.Tried-f.Logins.Done > w.Logins.Tried-w.Logins.Done {
		w.Logins = f.Logins
	}
	if f.Clients != nil && (w.Clients == nil || f.Clients.Tried-f.Clients.Done > w.Clients.Tried-w.Clients.Done) {
		w.Clients = f.Clients
	}
	if f.Logouts.Tried-f.Logouts.Done > w.Logouts.Tried-w.Logouts.Done {
		w.Logouts = f.Logouts
	}
}
