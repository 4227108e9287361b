package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// The page defines the colours: --c0 is the grey of the controls; --c1 to --c6 are the colours of Okabe and Ito, which
// the colour-blind can tell apart, in one tone for light paper and one for dark. Lines also differ in their marks, and
// bars in their stripes.
const colourCount = 6

const grey = "var(--c0)"

// colours gives each scheme that is not a control a colour of its own, the same in every chart.
func colours(a *analysis.Analysis) map[string]string {
	out := map[string]string{}
	n := 0
	for _, s := range a.Run.Plan.NamedSchemes() {
		if isControl(s) {
			out[s.Name] = grey
			continue
		}
		out[s.Name] = fmt.Sprintf("var(--c%d)", n%colourCount+1)
		n++
	}
	return out
}

// lookOf is how a scheme's bars are filled.
func lookOf(s plan.Scheme, colour map[string]string) look {
	return look{colour[s.Name], s.Server == "tokend"}
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

// inSVG are the words of a message, as text or an attribute of a picture.
func inSVG(l message.Language, m message.Message) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(page.Words(l, m))
}

// mark draws the i-th scheme's mark, hollow for a size that was held out.
func (c *canvas) mark(i int, x, y float64, colour string, hollow bool) {
	const r = 4.5
	style := fmt.Sprintf("fill:%s;stroke:%s", colour, colour)
	if hollow {
		style = fmt.Sprintf("fill:var(--paper);stroke:%s;stroke-width:1.8", colour)
	}
	switch i % 4 {
	case 0:
		fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="%.1f" style="%s"/>`, x, y, r, style)
	case 1:
		fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="%s"/>`, x-r, y-r, 2*r, 2*r, style)
	case 2:
		fmt.Fprintf(c, `<path d="M%.1f %.1fl%.1f %.1fh%.1fz" style="%s"/>`, x, y-r, r, 2*r, -2*r, style)
	default:
		fmt.Fprintf(c, `<path d="M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz" style="%s"/>`, x, y-r-1, r+1, r+1, -r-1, r+1,
			-r-1, -r-1, style)
	}
}

// label is a name at the end of a line.
type label struct {
	x, y   float64
	text   string
	colour string
}

// apart is how far names are from each other.
const apart = 16.0

// names writes names at the ends of lines, between top and bottom, so that none covers another. A thin line leads from
// a name that had to move to its point.
func (c *canvas) names(labels []label, top, bottom float64) {
	slices.SortStableFunc(labels, func(p, q label) int { return cmp.Compare(p.y, q.y) })
	at := make([]float64, len(labels))
	ceiling := top
	for i, l := range labels {
		at[i] = max(l.y, ceiling)
		ceiling = at[i] + apart
	}
	floor := bottom
	for i := range slices.Backward(labels) {
		at[i] = min(at[i], floor)
		floor = at[i] - apart
	}
	for i, l := range labels {
		c.line(l.x-6, l.y, l.x+6, at[i], "lead", fmt.Sprintf(`style="stroke:%s"`, l.colour))
		c.text(l.x+9, at[i]+4, atLeft, "name", l.text)
	}
}

// nice rounds a step up to 1, 2, 2.5 or 5 times a power of ten.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if v <= m*power {
			return m * power
		}
	}
	return 10 * power
}
