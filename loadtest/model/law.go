package model

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/stats"
)

// Law is the universal scalability law fitted to the sizes below the one held out, and what it says of that. It stands beside the
// prediction for readers who know it; it has no part in it.
type Law struct {
	USL
	Ratio float64        `json:"ratio"` // predicted throughput, held-out size to the smallest
	Error stats.Interval `json:"signed_error"`
}

// law fits the law to what was measured of a scheme. It is nil where that takes more sizes, or where no law fits.
func law(a *analysis.Analysis, scheme string, heldOut int, measured stats.Interval) *Law {
	var points []Point
	for _, x := range a.Scaling {
		if x.Name == scheme && x.Replicas < heldOut && x.X.Known() {
			points = append(points, Point{float64(x.Replicas), x.X.Center})
		}
	}
	fitted, err := FitUSL(points)
	if err != nil {
		return nil
	}
	l := &Law{USL: fitted, Ratio: fitted.At(float64(heldOut)) / fitted.At(points[0].Replicas)}
	if l.Error, err = SignedError(l.Ratio, measured); err != nil {
		return nil
	}
	return l
}
