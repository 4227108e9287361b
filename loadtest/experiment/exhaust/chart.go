package exhaust

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

const (
	names  = 140.0 // room for the names of schemes
	values = 56.0  // room for the value at the last mark
	row    = 17.0  // of a scheme
	title  = 24.0  // of a drain
	foot   = 44.0
)

// curves is a chart of what the sizes of each drain cost, as a ratio to a valid request, on a logarithmic scale.
type curves struct {
	drains    []Drain
	of        map[string][]curve // by drain
	low, high float64            // powers of ten
	width     float64
}

// curve is one scheme's: a mark for each size, from the smallest to the largest.
type curve struct {
	scheme string
	colour string
	costs  []Cost
}

// chart shows all drains that were measured.
func (f *Findings) chart() (page.Chart, bool) {
	c := curves{of: map[string][]curve{}, low: 0, high: 1}
	for _, d := range f.drains() {
		for i, s := range f.schemes {
			own := curve{scheme: s.Name, colour: fmt.Sprintf("var(--c%d)", i%6+1)}
			for _, size := range d.Sizes {
				if cost, ok := f.of(s.Name, d.Name, size); ok && cost.Ratio.Known() && cost.Ratio.Center > 0 {
					own.costs = append(own.costs, cost)
					c.low = min(c.low, math.Floor(math.Log10(cost.Ratio.Center)))
					c.high = max(c.high, math.Ceil(math.Log10(cost.Ratio.Center)))
				}
			}
			if len(own.costs) > 0 {
				c.of[d.Name] = append(c.of[d.Name], own)
			}
		}
		if len(c.of[d.Name]) > 0 {
			c.drains = append(c.drains, d)
		}
	}
	return page.Chart{
		ID: "chart-" + key, Title: message.New("exhaust.chart-title"), Alt: message.New("exhaust.chart-alt"),
		Marks: []message.Message{message.New("exhaust.chart-marks")}, Misread: message.New("exhaust.chart-misread"),
		SVG: c.svg,
	}, len(c.drains) > 0
}

func (c curves) x(ratio float64) float64 {
	from, to := names, c.width-values
	return from + (to-from)*(math.Log10(ratio)-c.low)/(c.high-c.low)
}

func (c curves) svg(l message.Language, w page.Width) template.HTML {
	var b strings.Builder
	c.width = float64(w)
	height := foot
	for _, d := range c.drains {
		height += title + row*float64(len(c.of[d.Name]))
	}
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, c.width, height,
		words(l, message.New("exhaust.chart-title")))
	floor := height - foot + 8
	for power := c.low; power <= c.high; power++ {
		x := c.x(math.Pow(10, power))
		class := "grid"
		if power == 0 {
			class = "one"
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%.1f" y1="6" x2="%.1f" y2="%.1f"/>`, class, x, x, floor)
		if w == page.Narrow && int(power)%2 != 0 {
			continue // there is no room for all
		}
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, floor+14,
			strconv.FormatFloat(math.Pow(10, power), 'g', -1, 64))
	}
	fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, c.width/2,
		floor+30, words(l, message.New("exhaust.chart-axis")))
	y := 0.0
	for _, d := range c.drains {
		fmt.Fprintf(&b, `<text class="name" x="4" y="%.1f">%s</text>`, y+title-6, words(l, d.Title))
		y += title
		for _, own := range c.of[d.Name] {
			c.curve(&b, y+row/2, own)
			y += row
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// curve draws a mark for each size, a larger one for a larger size, and the value of the highest.
func (c curves) curve(b *strings.Builder, y float64, own curve) {
	fmt.Fprintf(b, `<text class="tick" x="12" y="%.1f">%s</text>`, y+4,
		template.HTMLEscapeString(own.scheme))
	low, high := math.Inf(1), math.Inf(-1)
	for _, cost := range own.costs {
		low, high = min(low, cost.Ratio.Center), max(high, cost.Ratio.Center)
	}
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" style="stroke:%s" stroke-width="1.5"/>`, c.x(low), y,
		c.x(high), y, own.colour)
	for i, cost := range own.costs {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" style="fill:var(--paper);stroke:%s" stroke-width="1.8"/>`,
			c.x(cost.Ratio.Center), y, 2.5+1.2*float64(i), own.colour)
	}
	fmt.Fprintf(b, `<text class="value" x="%.1f" y="%.1f">× %s</text>`, c.x(high)+10, y+4, page.Significant(high))
}

func words(l message.Language, m message.Message) string {
	return template.HTMLEscapeString(page.Words(l, m))
}
