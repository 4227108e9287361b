package incident

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

const (
	left   = 130.0 // room for the names of schemes
	right  = 20.0
	top    = 22.0
	strip  = 34.0 // of one scheme
	gap    = 10.0
	bottom = 66.0
)

// strips is a chart of one incident: for each scheme what became of its requests, over time.
type strips struct {
	incident Incident
	cells    []Cell
	end      time.Duration
	width    float64
}

// chart shows the repetition of each scheme in which most requests failed.
func (f *Findings) chart(i Incident) (page.Chart, bool) {
	s := strips{incident: i}
	for _, c := range f.Cells {
		if c.Incident == i.Name && c.shown != nil && len(c.shown.Buckets) > 0 {
			s.cells = append(s.cells, c)
			s.end = max(s.end, time.Duration(len(c.shown.Buckets))*Width)
		}
	}
	return page.Chart{
		ID: i.anchor(), Title: message.New("incident.chart-title", "incident", i.Title),
		Alt: message.New("incident.chart-alt"), SVG: s.svg,
	}, len(s.cells) > 0
}

// anchor is the chart's id on the page, to which the matrix leads.
func (i Incident) anchor() string { return "chart-" + key + "-" + i.Name }

func (s strips) x(at time.Duration) float64 {
	return left + (s.width-left-right)*at.Seconds()/s.end.Seconds()
}

func (s strips) svg(l message.Language, w page.Width) template.HTML {
	var b strings.Builder
	s.width = float64(w)
	height := top + float64(len(s.cells))*(strip+gap) + bottom
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, s.width, height,
		escape(page.Words(l, message.New("incident.chart-title", "incident", s.incident.Title))))
	for i, c := range s.cells {
		s.strip(&b, top+float64(i)*(strip+gap), c)
	}
	floor := top + float64(len(s.cells))*(strip+gap)
	for at := time.Duration(0); at <= s.end; at += time.Second {
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%.0f s</text>`, s.x(at), floor+10,
			at.Seconds())
	}
	s.legend(&b, l, floor+30)
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// kinds are what may become of a request, from the bottom of a bar to its top.
var kinds = [5]struct {
	of     func(Bucket) int
	colour string
	says   message.Message
}{
	{func(b Bucket) int { return b.OK }, "var(--c3)", message.New("incident.legend-ok")},
	{func(b Bucket) int { return b.Refused }, "var(--c1)", message.New("incident.legend-refused")},
	{func(b Bucket) int { return b.Unavailable }, "var(--c5)", message.New("incident.legend-unavailable")},
	{func(b Bucket) int { return b.Unanswered + b.Other }, "var(--ink)", message.New("incident.legend-unanswered")},
	{func(b Bucket) int { return b.Admitted }, "var(--c4)", message.New("incident.legend-admitted")},
}

// strip draws a scheme: the fault shaded, a bar for each bucket, and the marks above.
func (s strips) strip(b *strings.Builder, y float64, c Cell) {
	l := c.shown
	fmt.Fprintf(b, `<text class="name" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, left-8, y+strip/2+4, escape(c.Name))
	if c.Touched {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:var(--line)"/>`, s.x(l.Injected), y-4,
			s.x(l.Undone)-s.x(l.Injected), strip+8)
	}
	s.bars(b, y, l.Buckets)
	if !c.Touched {
		return
	}
	w := l.figures(s.incident.LimitsOf(c.scheme))
	marks := []struct {
		sign string
		at   time.Duration
		is   bool
	}{
		{"▼", l.Injected, true},
		{"!", l.Injected + w.Noticed, w.Noticed >= 0},
		{"1", l.Injected + w.First, w.First >= 0},
		{"▲", l.Undone, true},
		{"✓", l.Undone + w.Recovered, w.Failed > 0},
	}
	for _, m := range marks {
		if m.is {
			fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, s.x(m.at), y-3, m.sign)
		}
	}
}

// bars draws the buckets: the height of a bar is all of its requests, and each colour a share of them. Equal neighbours
// are drawn as one, because most are, and all of a colour as one path, so that a page of many charts stays small.
func (s strips) bars(b *strings.Builder, y float64, buckets []Bucket) {
	var paths [len(kinds)]strings.Builder
	for i := 0; i < len(buckets); {
		first, shares := i, heights(buckets[i])
		for i < len(buckets) && heights(buckets[i]) == shares {
			i++
		}
		from := y + strip
		for k, high := range shares {
			if from -= high; high > 0 {
				x := s.x(time.Duration(first) * Width)
				wide := s.x(time.Duration(i)*Width) - x
				fmt.Fprintf(&paths[k], "M%.4g %.4gh%.3gv%.3gh-%.3gz", x, from, wide, high, wide)
			}
		}
	}
	for k := range paths {
		if paths[k].Len() > 0 {
			fmt.Fprintf(b, `<path d="%s" style="fill:%s"/>`, paths[k].String(), kinds[k].colour)
		}
	}
}

// heights are the heights of a bar's parts, in tenths of a pixel.
func heights(bucket Bucket) (parts [len(kinds)]float64) {
	all := 0
	for _, k := range kinds {
		all += k.of(bucket)
	}
	for i, k := range kinds {
		parts[i] = math.Round(10*strip*float64(k.of(bucket))/float64(max(1, all))) / 10
	}
	return parts
}

func (s strips) legend(b *strings.Builder, l message.Language, y float64) {
	x := left
	for _, k := range kinds {
		text := page.Words(l, k.says)
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="9" height="9" style="fill:%s"/>`, x, y-8, k.colour)
		fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f">%s</text>`, x+13, y, escape(text))
		x += 30 + 6.2*float64(len([]rune(text)))
	}
	fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f">%s</text>`, left, y+20,
		escape(page.Words(l, message.New("incident.legend-marks"))))
}

func escape(text string) string { return template.HTMLEscapeString(text) }
