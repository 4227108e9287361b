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

// scalingChart draws throughput against replicas, with intervals. It draws nothing where nothing is known.
func scalingChart(a *analysis.Analysis, j model.Judgement) []page.Chart {
	highest, largest, bound := 0.0, 0, false
	for _, t := range a.Scaling {
		if t.Unlike.IsZero() {
			highest, largest, bound = max(highest, t.X.High), max(largest, t.Replicas), bound || !t.Bound.IsZero()
		}
	}
	if highest <= 0 {
		return nil
	}
	scale := axisTo(highest)
	x := func(n int) float64 { return left + (chartWidth-left-right)*float64(n)/float64(largest) }
	y := func(v float64) float64 { return chartHeight - bottom - (chartHeight-top-bottom)*v/scale.ceiling }

	var b strings.Builder
	open(&b, "Throughput against replicas")
	for _, v := range scale.ticks() {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" `+
			`text-anchor="end">%.0f</text>`,
			left, chartWidth-right, y(v), y(v), left-8, y(v)+4, v)
	}
	for _, n := range a.Run.Plan.Scaling.Replicas {
		if n <= largest {
			fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x(n), chartHeight-bottom+18,
				n)
		}
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">replicas</text>`, (left+chartWidth-right)/2,
		chartHeight-8)
	fmt.Fprintf(&b, `<text class="axis" x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">correct `+
		`answers/s</text>`, chartHeight/2-10, chartHeight/2-10)
	colour := colours(a)
	labels := &stack{}
	for i, scheme := range a.Run.Plan.AllSchemes() {
		drawLine(&b, labels, i, scheme, colour[scheme.Name], a.Scaling, j.HeldOut, x, y)
		drawPrediction(&b, j, throughputOf(a, scheme.Name, a.Run.Plan.Scaling.Replicas[0]), colour[scheme.Name], x, y)
	}
	labels.write(&b)
	b.WriteString("</svg>")
	alt := "Correct answers a second against the number of replicas, a line for each scheme, with intervals where there " +
		"are any; the figures are in the table below."
	if bound {
		alt += " A mark with a ring around it is a lower bound."
	}
	if len(j.Trials) > 0 {
		alt += " Hollow marks are the size that was held out; dotted lines lead to what was predicted of it."
	}
	if !a.ScalingDrift.IsZero() {
		alt += " The machine drifted meanwhile, so heights are uncertain by the ranges in the table."
	}
	return []page.Chart{{Title: "Throughput against replicas", SVG: template.HTML(b.String()), Alt: alt}}
}

// drawLine draws one scheme's points, from the smallest size to the largest, and adds its name at the end of the line.
func drawLine(b *strings.Builder, labels *stack, i int, scheme plan.Scheme, colour string, all []analysis.Throughput,
	heldOut int, x func(int) float64, y func(float64) float64,
) {
	var own []analysis.Throughput
	var points []string
	for _, t := range all {
		if t.Name == scheme.Name && t.Unlike.IsZero() {
			own = append(own, t)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(t.Replicas), y(t.X.Center)))
		}
	}
	if len(own) == 0 {
		return
	}
	dash := ""
	if scheme.Name == plan.Twin {
		dash = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(b, `<polyline style="fill:none;stroke:%s" stroke-width="2"%s points="%s"/>`, colour, dash,
		strings.Join(points, " "))
	for _, t := range own {
		at := x(t.Replicas)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.5"/>`, at, at,
			y(t.X.Low), y(t.X.High), colour)
		mark(b, i, at, y(t.X.Center), colour, t.Replicas == heldOut)
		if !t.Bound.IsZero() {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="9" style="fill:none;stroke:%s"/>`, at, y(t.X.Center), colour)
		}
	}
	last := own[len(own)-1]
	labels.add(x(last.Replicas)+14, y(last.X.Center), fmt.Sprintf("%s %.0f", scheme.Name, last.X.Center), colour)
}

// drawPrediction draws a dotted line from a scheme's smallest size to the prediction of the held-out size.
func drawPrediction(b *strings.Builder, j model.Judgement, smallest analysis.Throughput, colour string,
	x func(int) float64, y func(float64) float64,
) {
	for _, t := range j.Trials {
		if t.Scheme == smallest.Name && smallest.X.Known() {
			fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.2" `+
				`stroke-dasharray="1.5 4"/>`,
				x(smallest.Replicas), x(j.HeldOut), y(smallest.X.Center), y(smallest.X.Center*t.Predicted.Center), colour)
		}
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
