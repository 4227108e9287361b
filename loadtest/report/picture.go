package report

import (
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Theme is a picture's colours: a picture stands alone, so no page can give it colours.
type Theme struct{ paper, ink, grey, grid, session, token string }

// Light and Dark are the themes. Sessions and tokens have the tones of the report's charts.
var (
	Light = Theme{paper: "#ffffff", ink: "#1f2328", grey: "#6a7078", grid: "#d5d9de", session: "#0072b2", token: "#d55e00"}
	Dark  = Theme{paper: "#0d1117", ink: "#e6edf3", grey: "#9aa4ae", grid: "#30363d", session: "#4ba3e0", token: "#f0813a"}
)

// fill is the colour of a scheme's bars; the bars of tokens are also hatched.
func (t Theme) fill(s plan.Scheme) string {
	switch s.Server {
	case "sessiond":
		return t.session
	case "tokend":
		return "url(#hatch)"
	default:
		return t.grey
	}
}

// The picture is drawn for a width of 600 pixels or more: its smallest letters are 12 units high.
const (
	pictureWidth = 640.0
	plotLeft     = 46.0
	plotTop      = 58.0
	plotBottom   = 258.0
)

// Picture is an SVG of its own, without script: throughput as a share of the control's with the same number of
// replicas, a group of bars for each scheme and a bar for each size. It is empty where no throughput was measured.
func Picture(a *analysis.Analysis, theme Theme, l message.Language) string {
	_, largest := sizes(a)
	if largest == 0 {
		return ""
	}
	highest := 1.0
	for _, t := range a.Scaling {
		highest = max(highest, t.Control.High)
	}
	const label = 20 // room for a figure above the highest bar
	y := func(share float64) float64 { return plotBottom - share*(plotBottom-plotTop-label)/highest }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f 354" role="img" `+
		`font-family="system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif" font-size="12" fill="%s">`+"\n",
		pictureWidth, theme.ink)
	fmt.Fprintf(&b, "<title>%s</title>\n", inSVG(l, message.New("picture.title")))
	fmt.Fprintf(&b, `<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" `+
		`patternTransform="rotate(45)">`+
		`<rect width="6" height="6" fill="%s" fill-opacity="0.55"/><rect width="3" height="6" fill="%s"/>`+
		"</pattern></defs>\n", theme.token, theme.token)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", theme.paper)
	write := words{&b, l}
	write.at(12, 22, `font-size="15" font-weight="600"`, message.New("picture.head"))
	write.at(12, 41, `fill="`+theme.grey+`"`, message.New("picture.how-to-read"))
	for _, percent := range []int{0, 50, 100} {
		at := y(float64(percent) / 100)
		line, dash := theme.grid, ""
		if percent == 100 {
			line, dash = theme.ink, ` stroke-dasharray="4 3"`
		}
		fmt.Fprintf(&b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n", plotLeft, pictureWidth-10, at,
			at, line, dash)
		write.at(plotLeft-6, at+4, `text-anchor="end"`, percent)
	}
	drawGroups(write, a, theme, y)
	for i, note := range footnotes(a, largest) {
		write.at(12, 328+16*float64(i), `fill="`+theme.grey+`"`, note)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// mostBars is how many bars of a scheme have room for their figures.
const mostBars = 4

// drawGroups draws every scheme but the control, which is the line at 100 %.
func drawGroups(write words, a *analysis.Analysis, theme Theme, y func(float64) float64) {
	shown := slices.DeleteFunc(page.ByGuarantee(a.Run.Plan.AllSchemes()), func(s plan.Scheme) bool {
		return s.Name == plan.Control
	})
	sizes := a.Run.Plan.Scaling.Replicas
	if len(sizes) > mostBars {
		sizes = milestones(a)
	}
	group := (pictureWidth - 10 - plotLeft) / float64(len(shown))
	step := (group - 14) / float64(len(sizes))
	write.at(plotLeft-6, plotBottom+15, `text-anchor="end"`, "N =")
	for i, s := range shown {
		from := plotLeft + group*float64(i) + 7
		for k, n := range sizes {
			if n > largestOf(a, s.Name) {
				continue // it was not meant to
			}
			middle := from + step*(float64(k)+0.5)
			drawBar(write, a, throughputOf(a, s.Name, n), theme, middle, step-2, y)
			write.at(middle, plotBottom+15, `text-anchor="middle"`, n)
		}
		middle := from + step*float64(len(sizes))/2
		write.at(middle, plotBottom+33, `text-anchor="middle" font-size="13" font-weight="600"`, s.Name)
		write.at(middle, plotBottom+48, `text-anchor="middle" fill="`+theme.grey+`"`, ends(s))
	}
}

// ends says below a scheme's name what happens to an ended login.
func ends(s plan.Scheme) message.Message {
	switch s.Guarantee {
	case plan.NoGuarantee:
		return message.New("picture.same")
	case plan.AtOnceOnReplica:
		return message.New("picture.logout-on-replica")
	default:
		return message.New("picture.logout", "guarantee", page.Guarantee(s.Guarantee))
	}
}

// drawBar draws one scheme at one size, with its interval and its figure; without a bar where only a bound is known.
func drawBar(write words, a *analysis.Analysis, t analysis.Throughput, theme Theme, middle, width float64,
	y func(float64) float64,
) {
	if t.Replicas == 0 || !t.Unlike.IsZero() || controlCell(a, t).Grey {
		write.at(middle, plotBottom-4, `text-anchor="middle"`, "?")
		return
	}
	share := t.Control
	fmt.Fprintf(write.to, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
		middle-width/2, y(share.Center), width, plotBottom-y(share.Center), theme.fill(t.Scheme))
	fmt.Fprintf(write.to, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s"/>`+"\n", middle, middle, y(share.Low),
		y(share.High), theme.ink)
	// The paper around a figure keeps the lines behind it from crossing it out.
	write.at(middle, y(share.High)-4,
		`text-anchor="middle" paint-order="stroke" stroke-width="4" stroke="`+theme.paper+`"`, whole(100*share.Center))
}

// footnotes say how the figures came about and what the picture does not reach.
func footnotes(a *analysis.Analysis, largest int) []message.Message {
	notes := []message.Message{message.New("picture.note-budget", "budget", a.Scaling[0].Budget)}
	for _, t := range a.Scaling {
		if busy, ok := t.Busy["store"]; ok && t.Replicas == largest && t.First == "replica" && !bendOf(a, t).Reached() {
			notes = append(notes, message.New("picture.note-not-reached",
				"scheme", t.Name, "replicas", page.Replicas(largest), "busy", page.Percent(busy)))
		}
	}
	for _, bend := range a.Bends {
		if bend.Reached() {
			notes = append(notes, message.New("picture.note-relieved", "scheme", bend.Name, "times", plan.Relief,
				"replicas", page.Replicas(bend.Replicas), "ratio", fmt.Sprintf("%.2f", bend.Relieved.Center)))
		}
	}
	return notes
}

// words writes into a picture in a language.
type words struct {
	to *strings.Builder
	l  message.Language
}

// at writes what a cell of a table may have; attributes are the SVG's own.
func (w words) at(x, y float64, attributes string, what any) {
	fmt.Fprintf(w.to, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, attributes, inSVG(w.l, page.Plain(what).Text))
}
