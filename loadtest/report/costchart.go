package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

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
	title, axis := message.New("costs.chart"), message.New("costs.axis")
	if withinOneStart(a) {
		axis = message.New("costs.axis-within")
	}
	draw := func(l message.Language) template.HTML {
		var b strings.Builder
		open(&b, height, inSVG(l, title))
		for _, v := range scale.ticks() {
			fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="tick" x="%.1f" y="%.1f" `+
				`text-anchor="middle">%s</text>`,
				x(v), x(v), top, height-bottom, x(v), height-bottom+16, strconv.FormatFloat(v, 'g', 3, 64))
		}
		fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`,
			(from+chartWidth-after)/2, height-8, inSVG(l, axis))
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
		return template.HTML(b.String())
	}
	return []page.Chart{{Title: title, Alt: message.New("costs.chart-alt"), SVG: draw}}
}
