package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// plot is the picture of one chart of curves.
type plot struct {
	*canvas
	curves
	left, right, top, bottom float64
	scale                    axis
	first, last              float64 // sizes
	colour                   map[string]string
	labels                   []label
	drawn                    []drawn
	lines                    [][]at // of the schemes
}

// at is a point of a line.
type at struct{ x, y float64 }

// drawn is a mark, whose value is written last, where there is room.
type drawn struct {
	x, y          float64
	value, colour string
}

const narrowLine = 17.0 // of the list of names below a narrow chart

func (c curves) plot(l message.Language, width page.Width, scale axis, sizes []int) *plot {
	longest, shown := 0, 0
	for _, s := range c.a.Run.Plan.AllSchemes() {
		if len(c.points(s.Name)) > 0 {
			longest, shown = max(longest, len(s.Name)), shown+1
		}
	}
	p := &plot{
		curves: c, left: 50, top: 30, scale: scale, first: float64(sizes[0]), last: float64(sizes[len(sizes)-1]),
		colour: colours(c.a),
	}
	height := max(330, apart*float64(shown)+90)
	p.right, p.bottom = float64(width)-min(250, letter*float64(longest+7)+22), height-44
	if width == page.Narrow {
		height = 300 + narrowLine*float64(shown)
		p.left, p.right, p.bottom = 42, float64(width)-34, 256
	}
	p.canvas = newCanvas(l, width, height, c.title)
	return p
}

// x is where a number of replicas stands: each step doubles it where shares are drawn, so that a level line scales as
// the control does; else in proportion.
func (p *plot) x(n float64) float64 {
	const margin, values = 14, 34 // values are those of the smallest size, which stand before their marks
	from, to := p.left+margin, p.right-margin
	if p.share {
		from = p.left + values
	}
	switch {
	case p.first == p.last:
		return (from + to) / 2
	case p.share:
		return from + (to-from)*math.Log2(n/p.first)/math.Log2(p.last/p.first)
	}
	return p.left + (to-p.left)*n/p.last
}

func (p *plot) y(v float64) float64 {
	return p.bottom - (p.bottom-p.top)*p.curves.scale*v/p.scale.ceiling
}

func (p *plot) axes(sizes []int) {
	for _, v := range p.scale.ticks() {
		y := p.y(v / p.curves.scale)
		p.line(p.left, y, p.right, y, "grid", "")
		p.text(p.left-7, y+4, atRight, "tick", strconv.FormatFloat(v, 'f', -1, 64))
	}
	p.text(4, 13, atLeft, "axis", p.unit)
	if p.share {
		p.line(p.left, p.y(1), p.right, p.y(1), "one", "")
	}
	for i, n := range sizes {
		x := p.x(float64(n))
		p.line(x, p.bottom, x, p.bottom+4, "grid", "")
		if i == len(sizes)-1 {
			p.text(x, p.bottom+18, atMiddle, "tick", n)
			continue
		}
		p.try("tick", n, spot{x, p.bottom + 18, atMiddle})
	}
	p.text((p.left+p.right)/2, p.bottom+36, atMiddle, "axis", message.New("head.replicas"))
}

// bend shades where a store was measured to become the bottleneck.
func (p *plot) bend(b analysis.Bend) {
	low, high := max(p.first, b.At.Low), min(p.last, b.At.High)
	fmt.Fprintf(p, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:%s" fill-opacity="0.12"/>`,
		p.x(low), p.top, max(1, p.x(high)-p.x(low)), p.bottom-p.top, p.colour[b.Name])
	x := p.x(b.At.Center)
	p.line(x, p.top, x, p.bottom, "bend", fmt.Sprintf(`style="stroke:%s"`, p.colour[b.Name]))
	what := message.New("curves.full", "store", storeOf(throughputOf(p.a, b.Name, b.Replicas).Scheme),
		"at", crowd(b.At.Center))
	y := p.top + 12
	p.ink = fmt.Sprintf(` style="fill:%s"`, p.colour[b.Name])
	p.try(
		"name",
		what,
		spot{x - 5, y, atRight},
		spot{x + 5, y, atLeft},
		spot{x - 5, p.bottom - 8, atRight},
		spot{x + 5, p.bottom - 8, atLeft},
	)
	p.ink = ""
}

// scheme draws one scheme's points, from the smallest size to the largest, and what was predicted of it.
func (p *plot) scheme(i int, s plan.Scheme) {
	own, colour := p.points(s.Name), p.colour[s.Name]
	if len(own) == 0 {
		return
	}
	var points []string
	var line []at
	for _, t := range own {
		here := at{p.x(float64(t.Replicas)), p.y(p.of(t).Center)}
		points, line = append(points, fmt.Sprintf("%.1f,%.1f", here.x, here.y)), append(line, here)
	}
	p.lines = append(p.lines, line)
	dash := ""
	if s.Name == plan.Twin {
		dash = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(p, `<polyline style="fill:none;stroke:%s" stroke-width="2"%s points="%s"/>`, colour, dash,
		strings.Join(points, " "))
	if p.share {
		p.prediction(s.Name)
	}
	for _, t := range own {
		x, e := p.x(float64(t.Replicas)), p.of(t)
		p.line(x, p.y(e.Low), x, p.y(e.High), "interval", fmt.Sprintf(`style="stroke:%s"`, colour))
		p.mark(i, x, p.y(e.Center), colour, p.j.HeldOut > 0 && t.Replicas >= p.j.HeldOut)
		p.keep(x, p.y(e.Center), 5)
		if !t.Bound.IsZero() {
			fmt.Fprintf(p, `<circle cx="%.1f" cy="%.1f" r="9" style="fill:none;stroke:%s"/>`, x, p.y(e.Center), colour)
		}
		p.drawn = append(p.drawn, drawn{x, p.y(e.Center), fmt.Sprintf("%.0f", p.curves.scale*e.Center), inkOf(colour)})
	}
	last := own[len(own)-1]
	x, y := p.x(float64(last.Replicas)), p.y(p.of(last).Center)
	p.labels = append(p.labels, label{x + 8, y, fmt.Sprintf("%s %.0f", s.Name, p.curves.scale*p.of(last).Center), colour})
	p.drawn = p.drawn[:len(p.drawn)-1] // its value is in the name
	if p.width == float64(page.Narrow) {
		row := p.bottom + 52 + narrowLine*float64(len(p.labels)-1)
		p.mark(i, p.left, row-4, colour, false)
		p.text(p.left+12, row, atLeft, "name", p.labels[len(p.labels)-1].text)
	}
}

// prediction draws a dotted line from a scheme's largest calibrated size through the predicted shares.
func (p *plot) prediction(scheme string) {
	for _, t := range p.j.Trials {
		if t.Scheme != scheme {
			continue
		}
		var points []string
		add := func(n int, share float64) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", p.x(float64(n)), p.y(share)))
		}
		for _, n := range p.a.Run.Plan.Scaling.Calibrated() {
			if from := throughputOf(p.a, scheme, n); from.Control.Known() {
				points = nil
				add(n, from.Control.Center)
			}
		}
		add(p.j.HeldOut, t.Predicted.Center)
		for _, l := range t.Larger {
			add(l.Replicas, l.Predicted.Center)
		}
		fmt.Fprintf(p, `<polyline class="predicted" style="stroke:%s" points="%s"/>`, p.colour[scheme],
			strings.Join(points, " "))
	}
}

// inkOf is a colour that can be read: the grey of the controls is too faint for text.
func inkOf(colour string) string {
	if colour == grey {
		return "var(--soft)"
	}
	return colour
}

func (p *plot) finish() template.HTML {
	if p.width != float64(page.Narrow) {
		p.names(p.early(), p.top, p.bottom)
	}
	return p.done()
}

// early writes the names of lines that end before the largest size where they cover no other line, and returns the
// other names.
func (p *plot) early() (rest []label) {
	const near = 4.0
	for _, line := range p.lines {
		for i := range len(line) - 1 {
			from, to := line[i], line[i+1]
			for x := from.x; x < to.x; x += near {
				p.keep(x, from.y+(to.y-from.y)*(x-from.x)/(to.x-from.x), near/2)
			}
		}
	}
	largest := p.x(p.last) + 8
	for _, l := range p.labels {
		if l.x > largest-1 || !p.nearby(l) {
			rest = append(rest, l)
		}
	}
	return rest
}

// nearby writes a name to the right of its mark, as little above or below it as it can, and leads from the mark to it.
func (p *plot) nearby(l label) bool {
	for _, by := range []float64{0, -12, 12, -24, 24, -36, 36} {
		if p.try("name", l.text, spot{l.x + 9, l.y + by + 4, atLeft}) {
			p.line(l.x-6, l.y, l.x+6, l.y+by, "lead", fmt.Sprintf(`style="stroke:%s"`, l.colour))
			return true
		}
	}
	return false
}
