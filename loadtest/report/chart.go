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

func open(b *strings.Builder, height float64, label string) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, height, label)
}

// inSVG are the words of a message, as text or an attribute of a picture.
func inSVG(l message.Language, m message.Message) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(page.Words(l, m))
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
