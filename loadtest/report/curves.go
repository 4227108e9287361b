package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// curves are lines against replicas: what they show, and how it is written.
type curves struct {
	title, unit, alt message.Message
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
			title: message.New("curves.share"), unit: message.New("curves.share-unit"), alt: message.New("curves.share-alt"),
			of: func(t analysis.Throughput) stats.Estimate { return t.Control }, scale: 100, predicted: true,
		},
		{
			title: message.New("curves.answers"), unit: message.New("curves.answers-unit"),
			alt: message.New("curves.answers-alt"), scale: 1,
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
	sizes := slices.DeleteFunc(slices.Clone(a.Run.Plan.Scaling.Replicas), func(n int) bool { return n > largest })
	bends := slices.DeleteFunc(slices.Clone(a.Bends), func(b analysis.Bend) bool {
		return !b.Reached() || b.At.Center > float64(largest)
	})
	alt := c.described(len(bends) > 0, bound, len(j.Trials) > 0, !a.ScalingDrift.IsZero())
	return []page.Chart{{Title: c.title, Alt: alt, SVG: func(l message.Language) template.HTML {
		var b strings.Builder
		open(&b, chartHeight, inSVG(l, c.title))
		c.axes(&b, l, scale.ticks(), sizes, x, y)
		colour := colours(a)
		drawBends(&b, bends, colour, x)
		labels := &stack{}
		for i, scheme := range a.Run.Plan.AllSchemes() {
			c.line(&b, labels, i, scheme, colour[scheme.Name], a, j.HeldOut, x, y)
			if c.predicted {
				drawPrediction(&b, a, j, scheme.Name, colour[scheme.Name], x, y)
			}
		}
		labels.write(&b)
		b.WriteString("</svg>")
		return template.HTML(b.String())
	}}}
}

// axes draws the grid, the ticks of both axes and what they count.
func (c curves) axes(b *strings.Builder, l message.Language, ticks []float64, sizes []int,
	x, y func(float64) float64,
) {
	for _, v := range ticks {
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" `+
			`text-anchor="end">%.0f</text>`,
			left, chartWidth-right, y(v/c.scale), y(v/c.scale), left-8, y(v/c.scale)+4, v)
	}
	for _, n := range sizes {
		fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x(float64(n)),
			chartHeight-bottom+18, n)
	}
	fmt.Fprintf(b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, (left+chartWidth-right)/2,
		chartHeight-8, inSVG(l, message.New("head.replicas")))
	fmt.Fprintf(b, `<text class="axis" x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">%s</text>`,
		chartHeight/2-10, chartHeight/2-10, inSVG(l, c.unit))
}

// described is what the chart shows, for readers who cannot see it, and what its marks mean.
func (c curves) described(bent, bound, heldOut, drifted bool) message.Message {
	said := []message.Message{c.alt}
	if bent {
		said = append(said, message.New("curves.bent"))
	}
	if bound {
		said = append(said, message.New("curves.bound"))
	}
	switch {
	case heldOut && c.predicted:
		said = append(said, message.New("curves.predicted"))
	case heldOut:
		said = append(said, message.New("curves.held-out"))
	}
	if drifted && !c.predicted { // a share is of one round
		said = append(said, message.New("curves.drifted"))
	}
	return message.New("curves.alt", "sentences", said)
}

// drawBends draws an upright line where each scheme's line was measured to bend.
func drawBends(b *strings.Builder, bends []analysis.Bend, colour map[string]string, x func(float64) float64) {
	for _, bend := range bends {
		at := x(bend.At.Center)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.2" `+
			`stroke-dasharray="6 4"/>`, at, at, top, chartHeight-bottom, colour[bend.Name])
	}
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

// drawPrediction draws a dotted line from a scheme's largest calibrated size through the predicted shares.
func drawPrediction(b *strings.Builder, a *analysis.Analysis, j model.Judgement, scheme, colour string,
	x func(float64) float64, y func(float64) float64,
) {
	for _, t := range j.Trials {
		if t.Scheme != scheme {
			continue
		}
		var points []string
		for _, n := range a.Run.Plan.Scaling.Calibrated() {
			if from := throughputOf(a, scheme, n); from.Control.Known() {
				points = []string{fmt.Sprintf("%.1f,%.1f", x(float64(n)), y(from.Control.Center))}
			}
		}
		for _, l := range append([]model.Larger{{Replicas: j.HeldOut, Predicted: t.Predicted}}, t.Larger...) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(l.Replicas)), y(l.Predicted.Center)))
		}
		fmt.Fprintf(b, `<polyline style="fill:none;stroke:%s" stroke-width="1.2" stroke-dasharray="1.5 4" points="%s"/>`,
			colour, strings.Join(points, " "))
	}
}
