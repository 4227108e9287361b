package report

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// ending is when an ended login of one scheme stops working, and what that costs a request.
type ending struct {
	scheme   plan.Scheme
	promised time.Duration
	measured *delays.Delay // nil where it was not
	price    *price        // nil where it was not measured
}

// endChart sets how soon an ended login stops working beside what a request costs: the trade that decides.
func endChart(a *analysis.Analysis) []page.Chart {
	endings := endings(a)
	if len(endings) == 0 {
		return nil
	}
	unit := message.New("ends.cost-us")
	if !a.DemandDrift.IsZero() {
		unit = message.New("ends.cost-share")
	}
	return []page.Chart{{
		ID: "chart-revocation", Title: message.New("ends.title"), Alt: message.New("ends.alt"),
		Marks: []message.Message{message.New("ends.marks")}, Misread: message.New("ends.misread"),
		Figures: endTable(endings, unit),
		SVG: func(l message.Language, width page.Width) template.HTML {
			return newEndChart(l, width, endings, unit, colours(a)).draw(!a.DemandDrift.IsZero())
		},
	}}
}

// endings are those of the schemes of which either is known, by guarantee.
func endings(a *analysis.Analysis) (all []ending) {
	costs, _ := prices(a)
	for _, s := range page.ByGuarantee(a.Run.Plan.CostSchemes()) {
		if s.Guarantee == plan.NoGuarantee || s.Of != "" || s.Peer != "" {
			continue
		}
		e := ending{scheme: s, promised: worksFor(s)}
		if d, ok := delayOf(a, s.Name); ok {
			e.measured = &d
		}
		measured := s.Name
		if c := costOf(a, s.Name); c.As != "" {
			measured = c.As
		}
		for i := range costs {
			if costs[i].scheme.Name == measured {
				e.price = &costs[i]
			}
		}
		if e.measured != nil || e.price != nil {
			all = append(all, e)
		}
	}
	return all
}

func endTable(endings []ending, unit message.Message) page.Table {
	t := page.Table{Head: append(page.Head("head.scheme", "ends.promised", "#ends.after", "#ends.slowest"),
		page.Numbers(unit))}
	for _, e := range endings {
		after, slowest := e.taken()
		cost := page.None
		if p := e.price; p != nil {
			cost = plus(p.more)
			if p.sure {
				cost += fmt.Sprintf(" [%s %s]", page.Significant(p.low), page.Significant(p.high))
			}
		}
		t.Add(e.scheme.Name, within(e.scheme), after, slowest, cost)
	}
	return t
}

// taken says for how long an ended login was taken and when the slowest refusal came. Where a logout waits for the
// expiry, both are counted from the expiry: from the logout on, it worked as long as that took.
func (e ending) taken() (after, slowest message.Message) {
	d := e.measured
	if d == nil {
		return message.New("ends.unmeasured"), message.Text(page.None)
	}
	longest, worst := page.Duration(d.Longest), page.Duration(d.AtWorst())
	switch expires := e.scheme.Guarantee == plan.AtExpiry; {
	case expires && d.Longest > 0:
		return message.New("ends.taken-expired", "longest", longest), message.New("ends.slow-expired", "slowest", worst)
	case expires:
		return message.New("ends.none-expired"), message.New("ends.slow-expired", "slowest", worst)
	case d.Longest > 0:
		return message.Text(longest), message.Text(worst)
	default:
		return message.New("ends.none-taken"), message.Text(worst)
	}
}

// endMarks picture two things side by side: time on a scale of powers of ten, and cost from zero.
type endMarks struct {
	*canvas
	endings          []ending
	unit             message.Message
	colour           map[string]string
	left, split, end float64 // the ends of both halves
	cost, right      float64 // where costs begin and the highest ends
	highest          float64
	longest          time.Duration
}

const (
	endRow  = 44.0
	instant = 26.0 // from the left end to the shortest time of the scale
	soonest = time.Millisecond
)

func newEndChart(l message.Language, width page.Width, endings []ending, unit message.Message,
	colour map[string]string,
) *endMarks {
	d := &endMarks{endings: endings, unit: unit, colour: colour, left: 10, longest: accessLifetime}
	d.canvas = newCanvas(l, width, 62+endRow*float64(len(endings)), message.New("ends.title"))
	d.split = d.width * 0.56
	d.end = d.split - 34
	d.cost, d.right = d.split+4, d.width-60
	for _, e := range endings {
		d.longest = max(d.longest, e.promised)
		if e.price != nil {
			d.highest = max(d.highest, e.price.more, e.price.high)
		}
	}
	return d
}

// at is where a time stands: at once is the left end.
func (d *endMarks) at(t time.Duration) float64 {
	if t < soonest {
		return d.left
	}
	share := math.Log(float64(t)/float64(soonest)) / math.Log(float64(d.longest)/float64(soonest))
	return d.left + instant + (d.end-d.left-instant)*share
}

func (d *endMarks) draw(drift bool) template.HTML {
	top, bottom := 24.0, d.height-36
	d.text(2, 13, atLeft, "axis", message.New("ends.time"))
	d.text(d.cost, 13, atLeft, "axis", d.unit)
	d.line(d.left, top, d.left, bottom, "base", "")
	d.line(d.cost, top, d.cost, bottom, "base", "")
	d.text(2, bottom+16, atLeft, "tick", message.New("guarantee.at-once"))
	for _, tick := range []struct {
		at  time.Duration
		say message.Message
	}{
		{12 * time.Hour, message.New("ends.hours")},
		{15 * time.Minute, message.New("ends.minutes")},
		{time.Second, message.New("ends.second")},
		{time.Minute, message.New("ends.minute")},
	} {
		if tick.at <= d.longest {
			d.line(d.at(tick.at), top, d.at(tick.at), bottom, "grid", "")
			d.try("tick", tick.say, spot{d.at(tick.at), bottom + 16, atMiddle})
		}
	}
	d.try("tick", "0", spot{d.cost, bottom + 16, atLeft})
	for i, e := range d.endings {
		d.row(e, top+endRow*float64(i), drift)
	}
	return d.done()
}

func (d *endMarks) row(e ending, y float64, drift bool) {
	colour := lookOf(e.scheme, d.colour)
	d.text(d.left+4, y+16, atLeft, "name", e.scheme.Name)
	half := y + 30
	beside := spot{d.left + 10 + d.room("name", e.scheme.Name), y + 16, atLeft}
	if broken := e.measured != nil && e.measured.Broken; e.promised < soonest && !broken {
		beside = spot{d.left + 16, half + 4, atLeft} // the bar is short, and the words may be longer than the half is broad
	}
	d.try("tick", within(e.scheme), beside)
	d.outline(d.left, max(d.left+8, d.at(e.promised)), half, 14, colour.colour)
	switch m := e.measured; {
	case e.scheme.Guarantee == plan.AtExpiry:
		d.bar(d.left, d.at(e.promised), half, 14, colour)
	case m == nil:
	case m.Broken:
		d.text(d.left+12, half+4, atLeft, "name", message.New("delays.column-broken"))
	default:
		d.bar(d.left, max(d.left+8, d.at(m.Longest)), half, 14, colour)
	}
	p := e.price
	if p == nil || d.highest <= 0 {
		d.text(d.cost+6, half+4, atLeft, "tick", page.None)
		return
	}
	x := func(v float64) float64 { return d.cost + (d.right-d.cost)*max(0, v)/d.highest }
	d.bar(d.cost, x(p.more), half, 14, colour)
	right := x(p.more)
	if p.sure {
		d.whisker(x(p.low), x(p.high), half)
		right = max(right, x(p.high))
	}
	words := message.Text(plus(p.more))
	switch {
	case !p.told:
		words = message.New("costs.bar-untold")
	case drift:
		words = message.Text(fmt.Sprintf("%+.0f %%", 100*p.more))
	}
	d.text(right+6, half+4, atLeft, "value", words)
}
