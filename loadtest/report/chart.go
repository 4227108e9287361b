package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
)

// chart is a picture with its words: Alt says what it shows to who cannot see it.
type chart struct {
	Title, Alt string
	SVG        template.HTML
}

// palette is Okabe and Ito's, which the colour-blind can tell apart; lines differ in their marks too. The controls are grey.
var palette = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}

const grey = "#8a8a8a"

const (
	chartWidth  = 760.0
	chartHeight = 380.0
	left        = 70.0
	right       = 190.0 // room for the names at the lines' ends
	top         = 18.0
	bottom      = 46.0
)

// colours gives each row that is not a control a colour of its own, the same in every chart.
func colours(a *analysis.Analysis) map[string]string {
	out := map[string]string{}
	n := 0
	for _, s := range a.Run.Plan.Arms() {
		if isControl(s) {
			out[s.Name] = grey
			continue
		}
		out[s.Name] = palette[n%len(palette)]
		n++
	}
	return out
}

// scalingChart draws throughput against replicas, with intervals.
func scalingChart(a *analysis.Analysis) chart {
	var b strings.Builder
	highest, largest := 0.0, 0
	for _, t := range a.Scaling {
		highest, largest = max(highest, t.X.High), max(largest, t.Replicas)
	}
	step := nice(highest / 5)
	ceiling := step * math.Ceil(highest/step)
	x := func(n float64) float64 {
		return left + (chartWidth-left-right)*n/float64(largest)
	}
	y := func(v float64) float64 { return chartHeight - bottom - (chartHeight-top-bottom)*v/ceiling }

	open(&b, "Throughput against replicas")
	for v := 0.0; v <= ceiling+step/2; v += step {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" text-anchor="end">%.0f</text>`,
			left, chartWidth-right, y(v), y(v), left-8, y(v)+4, v)
	}
	for _, n := range a.Run.Plan.Scaling.Replicas {
		if n <= largest {
			fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x(float64(n)), chartHeight-bottom+18, n)
		}
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">replicas</text>`, (left+chartWidth-right)/2, chartHeight-8)
	fmt.Fprintf(&b, `<text class="axis" x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">correct answers/s</text>`, chartHeight/2-10, chartHeight/2-10)

	colour := colours(a)
	labels := &stack{}
	for i, scheme := range a.Run.Plan.Arms() {
		var points []string
		var last analysis.Throughput
		for _, t := range a.Scaling {
			if t.Scheme.Name == scheme.Name {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(t.Replicas)), y(t.X.Center)))
				last = t
				fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s" stroke-width="1.5"/>`,
					x(float64(t.Replicas)), x(float64(t.Replicas)), y(t.X.Low), y(t.X.High), colour[scheme.Name])
				mark(&b, i, x(float64(t.Replicas)), y(t.X.Center), colour[scheme.Name])
			}
		}
		if len(points) == 0 {
			continue
		}
		dash := ""
		if scheme.Name == plan.Twin {
			dash = ` stroke-dasharray="5 4"`
		}
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2"%s points="%s"/>`, colour[scheme.Name], dash, strings.Join(points, " "))
		labels.add(y(last.X.Center), fmt.Sprintf(`<text class="name" x="%.1f" y="%%.1f" fill="%s">%s %.0f</text>`,
			x(float64(last.Replicas))+12, colour[scheme.Name], scheme.Name, last.X.Center))
	}
	labels.write(&b)
	b.WriteString("</svg>")
	return chart{
		Title: "Throughput against replicas", SVG: template.HTML(b.String()),
		Alt: "Correct answers a second against the number of replicas, a line for each scheme; the figures are in the table below.",
	}
}

// costChart draws what a request costs a replica over the control, with intervals.
func costChart(a *analysis.Analysis) chart {
	var b strings.Builder
	var costs []analysis.Cost
	highest := 1.0
	for _, c := range a.Demand {
		if c.As == "" && c.Within.Known() && c.Scheme.Name != plan.Control {
			costs = append(costs, c)
			highest = max(highest, c.Within.High)
		}
	}
	const line = 34.0
	height := top + line*float64(len(costs)) + bottom
	step := nice(highest / 5)
	ceiling := step * math.Ceil(highest/step)
	const from = 130.0
	x := func(v float64) float64 { return from + (chartWidth-from-80)*v/ceiling }
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="Cost of a request over the control">`, chartWidth, height)
	for v := 0.0; v <= ceiling+step/2; v += step {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`,
			x(v), x(v), top, height-bottom, x(v), height-bottom+16, significant(v))
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">a replica's CPU time for a request ÷ the control's</text>`, (from+chartWidth-80)/2, height-8)
	colour := colours(a)
	for i, c := range costs {
		r := c.Ratio
		if r.Why != "" {
			r = c.Within
		}
		y := top + line*float64(i)
		fmt.Fprintf(&b, `<text class="name" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, from-8, y+line/2+4, c.Scheme.Name)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" opacity="0.85"/>`, from, y+6, x(r.Center)-from, line-12, colour[c.Scheme.Name])
		fmt.Fprintf(&b, `<line class="whisker" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(r.Low), x(r.High), y+line/2, y+line/2)
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f">%.2f ×</text>`, x(r.High)+8, y+line/2+4, r.Center)
	}
	fmt.Fprintf(&b, `<line class="one" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(1), x(1), top-4, height-bottom+4)
	b.WriteString("</svg>")
	return chart{
		Title: "Cost of a request over the control", SVG: template.HTML(b.String()),
		Alt: "A replica's CPU time for a request as a ratio to the control, a bar for each scheme; the figures are in the table below.",
	}
}

func open(b *strings.Builder, label string) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, chartHeight, label)
}

// mark draws the i-th row's mark.
func mark(b *strings.Builder, i int, x, y float64, colour string) {
	const r = 4.5
	switch i % 4 {
	case 0:
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>`, x, y, r, colour)
	case 1:
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x-r, y-r, 2*r, 2*r, colour)
	case 2:
		fmt.Fprintf(b, `<path d="M%.1f %.1fl%.1f %.1fh%.1fz" fill="%s"/>`, x, y-r, r, 2*r, -2*r, colour)
	default:
		fmt.Fprintf(b, `<path d="M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz" fill="%s"/>`, x, y-r-1, r+1, r+1, -r-1, r+1, -r-1, -r-1, colour)
	}
}

// stack places names at the ends of lines so that none covers another.
type stack struct {
	at   []float64
	text []string // with a %.1f for the height
}

func (s *stack) add(y float64, text string) {
	i := 0
	for i < len(s.at) && s.at[i] < y {
		i++
	}
	s.at = append(s.at[:i], append([]float64{y}, s.at[i:]...)...)
	s.text = append(s.text[:i], append([]string{text}, s.text[i:]...)...)
}

func (s *stack) write(b *strings.Builder) {
	const apart = 17.0
	floor := chartHeight - bottom
	for i := len(s.at) - 1; i >= 0; i-- { // from the bottom up: what does not fit is pushed upwards
		s.at[i] = min(s.at[i], floor)
		floor = s.at[i] - apart
	}
	for i, text := range s.text {
		fmt.Fprintf(b, text, s.at[i]+4)
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
