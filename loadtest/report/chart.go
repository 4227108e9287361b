package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// The page defines the colours: --c0 is the grey of the controls; --c1 to --c6 are the colours of Okabe and Ito, which
// the colour-blind can tell apart, in one tone for light paper and one for dark. Lines also differ in their marks.
const colourCount = 6

const (
	chartWidth  = 760.0
	chartHeight = 380.0
	left        = 70.0
	right       = 190.0 // room for the names at the lines' ends
	top         = 18.0
	bottom      = 46.0
)

// colours gives each scheme that is not a control a colour of its own, the same in every chart.
func colours(a *analysis.Analysis) map[string]string {
	out := map[string]string{}
	n := 0
	for _, s := range a.Run.Plan.AllSchemes() {
		if isControl(s) {
			out[s.Name] = "var(--c0)"
			continue
		}
		out[s.Name] = fmt.Sprintf("var(--c%d)", n%colourCount+1)
		n++
	}
	return out
}

// axis is a scale from 0 to a round number.
type axis struct{ step, ceiling float64 }

func axisTo(highest float64) axis {
	step := nice(highest / 5)
	return axis{step, step * math.Ceil(highest/step)}
}

// ticks are the round numbers on it.
func (x axis) ticks() []float64 {
	var out []float64
	for i := 0; float64(i)*x.step <= x.ceiling+x.step/2; i++ {
		out = append(out, float64(i)*x.step)
	}
	return out
}

// curves are lines against replicas: what they show, and how it is written.
type curves struct {
	title, unit, alt string
	of               func(analysis.Throughput) stats.Estimate
	predicted        bool    // the model speaks of it
	scale            float64 // what a figure is multiplied by
}

// scalingChart draws throughput against replicas, as a share of the control's and as it is, with intervals. It draws
// nothing where nothing is known.
func scalingChart(a *analysis.Analysis, j model.Judgement) []page.Chart {
	var charts []page.Chart
	for _, c := range []curves{
		{
			title: "Throughput as a share of that without authentication", unit: "% of the control's, same size and round",
			alt: "Throughput as a share of the control's with the same number of replicas, against that number, a line for " +
				"each scheme. A level line scales as the control does.",
			of: func(t analysis.Throughput) stats.Estimate { return t.Control }, scale: 100,
		},
		{
			title: "Throughput against replicas", unit: "correct answers/s", predicted: true, scale: 1,
			alt: "Correct answers a second against the number of replicas, a line for each scheme, with intervals where " +
				"there are any; the figures are in the table below.",
			of: func(t analysis.Throughput) stats.Estimate { return t.X },
		},
	} {
		charts = append(charts, c.draw(a, j)...)
	}
	return charts
}

// points are a scheme's figures that may be drawn.
func (c curves) points(a *analysis.Analysis, scheme string) (own []analysis.Throughput) {
	for _, t := range a.Scaling {
		if t.Name == scheme && t.Unlike.IsZero() && c.of(t).Known() {
			own = append(own, t)
		}
	}
	return own
}

func (c curves) draw(a *analysis.Analysis, j model.Judgement) []page.Chart {
	highest, largest, bound := 0.0, 0, false
	for _, scheme := range a.Run.Plan.AllSchemes() {
		for _, t := range c.points(a, scheme.Name) {
			highest, largest = max(highest, c.scale*c.of(t).High), max(largest, t.Replicas)
			bound = bound || !t.Bound.IsZero()
		}
	}
	if highest <= 0 || largest == 0 {
		return nil
	}
	scale := axisTo(highest)
	x := func(n float64) float64 { return left + (chartWidth-left-right)*n/float64(largest) }
	y := func(v float64) float64 {
		return chartHeight - bottom - (chartHeight-top-bottom)*c.scale*v/scale.ceiling
	}

	var b strings.Builder
	open(&b, c.title)
	for _, v := range scale.ticks() {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" `+
			`text-anchor="end">%.0f</text>`,
			left, chartWidth-right, y(v/c.scale), y(v/c.scale), left-8, y(v/c.scale)+4, v)
	}
	for _, n := range a.Run.Plan.Scaling.Replicas {
		if n <= largest {
			fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x(float64(n)),
				chartHeight-bottom+18, n)
		}
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">replicas</text>`, (left+chartWidth-right)/2,
		chartHeight-8)
	fmt.Fprintf(&b, `<text class="axis" x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">%s</text>`,
		chartHeight/2-10, chartHeight/2-10, c.unit)
	colour := colours(a)
	bent := drawBends(&b, a.Bends, colour, float64(largest), x)
	labels := &stack{}
	for i, scheme := range a.Run.Plan.AllSchemes() {
		c.line(&b, labels, i, scheme, colour[scheme.Name], a, j.HeldOut, x, y)
		if c.predicted {
			drawPrediction(&b, j, throughputOf(a, scheme.Name, a.Run.Plan.Scaling.Replicas[0]), colour[scheme.Name], x, y)
		}
	}
	labels.write(&b)
	b.WriteString("</svg>")
	alt := c.alt
	if bent {
		alt += " An upright dashed line is where the store was measured to become the bottleneck."
	}
	if bound {
		alt += " A mark with a ring around it is a lower bound."
	}
	if len(j.Trials) > 0 {
		alt += " Hollow marks are sizes that were predicted before they were measured"
		if c.predicted {
			alt += "; dotted lines lead to what was predicted"
		}
		alt += "."
	}
	if !a.ScalingDrift.IsZero() && c.predicted {
		alt += " The machine drifted meanwhile, so heights are uncertain by the ranges in the table."
	}
	return []page.Chart{{Title: c.title, SVG: template.HTML(b.String()), Alt: alt}}
}

// drawBends draws an upright line where each scheme's line was measured to bend, and reports whether there is one.
func drawBends(b *strings.Builder, bends []analysis.Bend, colour map[string]string, largest float64,
	x func(float64) float64,
) (any bool) {
	for _, bend := range bends {
		if at := bend.At.Center; bend.At.Known() && at <= largest {
			fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.2" `+
				`stroke-dasharray="6 4"/>`, x(at), x(at), top, chartHeight-bottom, colour[bend.Name])
			any = true
		}
	}
	return any
}

// line draws one scheme's points, from the smallest size to the largest, and adds its name at the end of the line.
func (c curves) line(b *strings.Builder, labels *stack, i int, scheme plan.Scheme, colour string, a *analysis.Analysis,
	heldOut int, x func(float64) float64, y func(float64) float64,
) {
	own := c.points(a, scheme.Name)
	if len(own) == 0 {
		return
	}
	var points []string
	for _, t := range own {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(t.Replicas)), y(c.of(t).Center)))
	}
	dash := ""
	if scheme.Name == plan.Twin {
		dash = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(b, `<polyline style="fill:none;stroke:%s" stroke-width="2"%s points="%s"/>`, colour, dash,
		strings.Join(points, " "))
	for _, t := range own {
		at, e := x(float64(t.Replicas)), c.of(t)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.5"/>`, at, at,
			y(e.Low), y(e.High), colour)
		mark(b, i, at, y(e.Center), colour, heldOut > 0 && t.Replicas >= heldOut)
		if !t.Bound.IsZero() {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="9" style="fill:none;stroke:%s"/>`, at, y(e.Center), colour)
		}
	}
	last := own[len(own)-1]
	labels.add(x(float64(last.Replicas))+14, y(c.of(last).Center),
		fmt.Sprintf("%s %.0f", scheme.Name, c.scale*c.of(last).Center), colour)
}

// drawPrediction draws a dotted line from a scheme's smallest size through the predictions of the held-out sizes.
func drawPrediction(b *strings.Builder, j model.Judgement, smallest analysis.Throughput, colour string,
	x func(float64) float64, y func(float64) float64,
) {
	for _, t := range j.Trials {
		if t.Scheme != smallest.Name || !smallest.X.Known() {
			continue
		}
		points := []string{fmt.Sprintf("%.1f,%.1f", x(float64(smallest.Replicas)), y(smallest.X.Center))}
		for _, l := range append([]model.Larger{{Replicas: j.HeldOut, Predicted: t.Predicted}}, t.Larger...) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(l.Replicas)), y(smallest.X.Center*l.Predicted.Center)))
		}
		fmt.Fprintf(b, `<polyline style="fill:none;stroke:%s" stroke-width="1.2" stroke-dasharray="1.5 4" points="%s"/>`,
			colour, strings.Join(points, " "))
	}
}

// costChart draws what a request costs a replica as a ratio to the control, with intervals. It draws nothing where
// nothing is known.
func costChart(a *analysis.Analysis) []page.Chart {
	var costs []analysis.Cost
	highest, from := 1.0, 130.0
	for _, c := range a.Demand {
		if r := best(c); c.As == "" && r.Known() && c.Name != plan.Control {
			costs = append(costs, c)
			from = max(from, 7*float64(len(c.Name)))
			highest = max(highest, r.High)
		}
	}
	if len(costs) == 0 {
		return nil
	}
	const line, after = 34.0, 80.0
	height := top + line*float64(len(costs)) + bottom
	scale := axisTo(highest)
	x := func(v float64) float64 { return from + (chartWidth-from-after)*v/scale.ceiling }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="Cost of a request over the control">`, chartWidth,
		height)
	for _, v := range scale.ticks() {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" `+
			`text-anchor="middle">%s</text>`,
			x(v), x(v), top, height-bottom, x(v), height-bottom+16, strconv.FormatFloat(v, 'g', 3, 64))
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">a replica's CPU time for a request ÷ the `+
		`control's%s</text>`,
		(from+chartWidth-after)/2, height-8, startsOf(a))
	colour := colours(a)
	for i, c := range costs {
		r := best(c)
		y := top + line*float64(i)
		fmt.Fprintf(&b, `<text class="name" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, from-8, y+line/2+4, c.Name)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:%s"/>`, from, y+6, x(r.Center)-from,
			line-12, colour[c.Name])
		fmt.Fprintf(&b, `<line class="whisker" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(r.Low), x(r.High), y+line/2,
			y+line/2)
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f">%.2f ×</text>`, x(r.High)+8, y+line/2+4, r.Center)
	}
	fmt.Fprintf(&b, `<line class="one" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/></svg>`, x(1), x(1), top-4,
		height-bottom+4)
	return []page.Chart{{
		Title: "Cost of a request over the control", SVG: template.HTML(b.String()),
		Alt: "A replica's CPU time for a request as a ratio to the control's, a bar for each scheme, with its interval " +
			"where there is one; the dashed line is the control. The figures are in the table below.",
	}}
}

func open(b *strings.Builder, label string) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, chartHeight, label)
}

// mark draws the i-th scheme's mark, hollow for a size that was held out.
func mark(b *strings.Builder, i int, x, y float64, colour string, hollow bool) {
	const r = 4.5
	style := fmt.Sprintf("fill:%s;stroke:%s", colour, colour)
	if hollow {
		style = fmt.Sprintf("fill:var(--paper);stroke:%s;stroke-width:1.5", colour)
	}
	switch i % 4 {
	case 0:
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" style="%s"/>`, x, y, r, style)
	case 1:
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="%s"/>`, x-r, y-r, 2*r, 2*r, style)
	case 2:
		fmt.Fprintf(b, `<path d="M%.1f %.1fl%.1f %.1fh%.1fz" style="%s"/>`, x, y-r, r, 2*r, -2*r, style)
	default:
		fmt.Fprintf(b, `<path d="M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz" style="%s"/>`, x, y-r-1, r+1, r+1, -r-1, r+1,
			-r-1, -r-1, style)
	}
}

// stack places names at the ends of lines so that no name covers another.
type stack struct{ labels []label }

type label struct {
	x, y         float64
	text, colour string
}

func (s *stack) add(x, y float64, text, colour string) {
	s.labels = append(s.labels, label{x, y, text, colour})
}

// write places the names from the bottom up. A name that does not fit is pushed upwards, and a thin line leads back to
// its point.
func (s *stack) write(b *strings.Builder) {
	const apart = 17.0
	slices.SortStableFunc(s.labels, func(p, q label) int { return cmp.Compare(q.y, p.y) })
	floor := chartHeight - bottom
	for _, l := range s.labels {
		y := min(l.y, floor)
		floor = y - apart
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="0.75"/>`, l.x-8, l.x+6,
			l.y, y, l.colour)
		fmt.Fprintf(b, `<text class="name" x="%.1f" y="%.1f">%s</text>`, l.x+9, y+4, l.text)
	}
}

// nice rounds a step up to 1, 2 or 5 times a power of ten.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power {
			return m * power
		}
	}
	return 10 * power
}
