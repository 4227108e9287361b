package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// absolute prints a figure, or, where the machine drifted, the range over the thirds of the rounds, in grey.
func absolute(e stats.Estimate, thirds analysis.Span, drift message.Sentence, format func(float64) string) page.Cell {
	if drift.IsZero() || !e.Known() {
		return page.Plain(page.Interval(e, format))
	}
	return page.Grey(format(thirds.Low) + "–" + format(thirds.High))
}
