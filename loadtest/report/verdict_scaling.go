package report

import (
	"fmt"
	"math"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// scalingVerdict says where more replicas separate the schemes, and on what store.
func scalingVerdict(a *analysis.Analysis) page.Verdict {
	v := page.Verdict{ID: "scaling", Asks: message.Say("verdict.scaling"), Figure: none, Section: "scaling"}
	if len(a.Scaling) == 0 {
		v.Says = message.Sentence{Message: absent(a, plan.ScalingCell, true)}
		return v
	}
	v.Setup = message.Say("verdict.scaling-setup", "budget", a.Scaling[0].Budget)
	for _, b := range a.Bends {
		if b.Reached() {
			return bent(a, v, b)
		}
	}
	kept, fell, unsure := growth(a)
	smallest, largest := sizes(a)
	switch {
	case smallest == largest:
		v.Says = message.Say("verdict.one-size", "replicas", page.Replicas(largest))
	case len(fell) > 0:
		f := fell[0]
		v.Figure = figure(fmt.Sprintf("%s → %s", page.Percent(f.small.Center), page.Percent(f.large.Center)))
		v.Says = message.Say("verdict.fell", "scheme", who(f.scheme), "from", page.Percent(f.small.Center),
			"to", page.Percent(f.large.Center), "replicas", page.Replicas(f.replicas))
		v.Interval = message.Say("verdict.intervals", "session", between(f.small, percentOf),
			"token", between(f.large, percentOf))
	case len(kept) == 0 || unsure:
		v.Says = message.Say("verdict.scaling-unknown")
	case widest(kept) > tellingWidth:
		v.Says = message.Say("verdict.scaling-unknown")
		v.Interval = message.Say("verdict.scaling-wide", "width", widest(kept))
	default:
		v.Figure = message.Say("verdict.none-up-to", "replicas", page.Replicas(kept[0].replicas))
		v.Says = message.Say("verdict.kept", "replicas", page.Replicas(kept[0].replicas))
		v.Interval = message.Say("verdict.kept-interval", "width", widest(kept))
	}
	means := append(append(nearStore(a), onCores(a, "session-redis")...), lonely(a)...)
	if len(means) > 0 {
		v.Means = message.Say("verdict.sentences", "sentences", means)
	}
	return v
}

// bent is the verdict where a store was measured to be the bottleneck. What a whole core of it carries comes first,
// where that is known with an interval, because a figure without one is no headline: a service knows its requests/s,
// and a number of small replicas looks like a number of its own.
func bent(a *analysis.Analysis, v page.Verdict, b analysis.Bend) page.Verdict {
	t := throughputOf(a, b.Name, b.Replicas)
	at := crowd(b.At.Center)
	v.Figure = message.Say("verdict.bent-figure", "at", at)
	if likeOne(t) {
		v.Figure = message.Say("verdict.bent-one", "at", at, "store", storeOf(t.Scheme))
	}
	v.Says = message.Say("verdict.bent", "at", at, "store", storeOf(t.Scheme), "size", storeSize(t))
	v.Interval = interval(b.At, crowd)
	var means []message.Message
	if f := extrapolated(a, b.Name); f != nil && f.Shared(b.Name).Why.IsZero() {
		rate := perSecond(f.Shared(b.Name))
		v.Figure = message.Say("verdict.cores-figure", "rate", grouped(rate.Center))
		v.Says = message.Say("verdict.cores", "rate", grouped(rate.Center))
		v.Interval = interval(rate, grouped)
		v.Setup, v.Section = message.Say("verdict.cores-setup", "budget", t.Budget), "replay"
		means = append(means, message.New("verdict.cores-means"), message.New("verdict.cores-bent", "at", at,
			"interval", between(b.At, crowd), "store", storeOf(t.Scheme), "size", storeSize(t), "times", plan.Relief,
			"replicas", page.Replicas(b.Replicas), "ratio", fmt.Sprintf("%.2f", b.Relieved.Center)))
	} else {
		means = append(means, message.New("verdict.bent-means", "times", plan.Relief, "store", storeOf(t.Scheme),
			"replicas", page.Replicas(b.Replicas), "ratio", fmt.Sprintf("%.2f", b.Relieved.Center)))
		means = append(means, onCores(a, b.Name)...)
	}
	if b.AtMost {
		means = append(means, message.New("verdict.bent-at-most"))
	}
	v.Means = message.Say("verdict.sentences", "sentences", append(means, lonely(a)...))
	return v
}

// crowd is a number of replicas that need not be whole: from ten on no interval knows a tenth of one.
func crowd(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// onCores says how many requests a second a whole core of a store carries, if a kind of experiment knows it, and how
// many replicas that is: of those that do nothing else, and of those with a handler, which ask the store as much more
// rarely as a request takes longer. A service knows its requests/s; how busy a replica is differs from one to another.
func onCores(a *analysis.Analysis, scheme string) []message.Message {
	f := extrapolated(a, scheme)
	if f == nil {
		return nil
	}
	most := f.Bottleneck(scheme)
	asked := f.Shared(scheme)
	if !asked.Why.IsZero() {
		return []message.Message{message.New("verdict.cores-rough", "rate", grouped(perSecond(asked).Center),
			"why", asked.Why)}
	}
	return []message.Message{message.New("verdict.on-cores", "rate", page.Interval(perSecond(asked), grouped),
		"replicas", page.Interval(most, page.Significant), "busy", round(most.Center+handler/asked.Center))}
}

// perSecond is how many requests fill a core, where each takes us µs of CPU.
func perSecond(us stats.Estimate) stats.Estimate {
	us.Center, us.Low, us.High = 1e6/us.Center, 1e6/us.High, 1e6/us.Low
	return us
}

// grouped is a large number with two digits that count, such as 520,000.
func grouped(v float64) string {
	text := round(v)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// extrapolated is the kind of experiment that knows what a whole core of a store carries, or nil.
func extrapolated(a *analysis.Analysis, scheme string) experiment.Extrapolated {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Extrapolated); ok && f.Bottleneck(scheme).Known() {
			return f
		}
	}
	return nil
}

func storeOf(s plan.Scheme) message.Message {
	if s.Postgres {
		return message.Text("PostgreSQL")
	}
	return message.Text("Redis")
}

// storeSize is the store's CPU in replicas.
func storeSize(t analysis.Throughput) message.Message {
	if t.Budget <= 0 || t.Store <= 0 {
		return message.New("verdict.store-unknown")
	}
	if likeOne(t) {
		return message.New("verdict.store-one")
	}
	return message.New("verdict.store-times", "times", t.Store/t.Budget)
}

// likeOne reports whether the store has the CPU of one replica.
func likeOne(t analysis.Throughput) bool { return t.Budget > 0 && math.Abs(t.Store/t.Budget-1) < 0.01 }

// grown is a scheme's share of the control's throughput at its smallest and its largest size.
type grown struct {
	scheme       string
	replicas     int
	small, large stats.Estimate
}

// tellingWidth is the half-width of a share of the control's throughput from which on a run says nothing of growth: a
// scheme could lose a quarter of its share unseen.
const tellingWidth = 0.25

// growth tells the schemes that kept their share from those that lost a part of it, and reports whether it is unsure of
// one. Schemes that declare to lose logins are in neither.
func growth(a *analysis.Analysis) (kept, fell []grown, unsure bool) {
	smallest, _ := sizes(a)
	for _, s := range a.Run.Plan.AllSchemes() {
		n := largestOf(a, s.Name)
		small, large := throughputOf(a, s.Name, smallest), throughputOf(a, s.Name, n)
		if isControl(s) || s.LosesLogins || n <= smallest {
			continue
		}
		if !sure(a, small) || !sure(a, large) {
			unsure = true
			continue
		}
		g := grown{s.Name, n, small.Control, large.Control}
		if g.large.High < g.small.Low {
			fell = append(fell, g)
		} else {
			kept = append(kept, g)
		}
	}
	return kept, fell, unsure
}

// sure reports whether a share of the control's throughput is known with an interval.
func sure(a *analysis.Analysis, t analysis.Throughput) bool {
	return t.Replicas > 0 && t.Unlike.IsZero() && t.Control.Known() && t.Control.Why.IsZero() &&
		t.Bound.IsZero() && t.Doubt.IsZero() &&
		throughputOf(a, plan.Control, t.Replicas).Bound.IsZero()
}

// widest is the half-width of the least certain share at the largest size.
func widest(all []grown) (width float64) {
	for _, g := range all {
		width = max(width, g.large.Width())
	}
	return width
}

// nearStore says how busy a store was that was not seen to be the bottleneck.
func nearStore(a *analysis.Analysis) []message.Message {
	for _, t := range a.Scaling {
		busy := t.Busy["store"]
		if t.Scheme.Store && t.Replicas == largestOf(a, t.Name) && busy > 0 {
			return []message.Message{message.New("verdict.store-busy", "store", storeOf(t.Scheme), "size", storeSize(t),
				"busy", page.Percent(busy), "replicas", page.Replicas(t.Replicas))}
		}
	}
	return nil
}

// lonely says what happens to sessions that only one replica knows.
func lonely(a *analysis.Analysis) []message.Message {
	all := slices.Clone(a.Scaling)
	slices.Reverse(all) // sizes rise
	for _, t := range all {
		if t.Scheme.LosesLogins && t.Replicas > 1 && t.Unlike.IsZero() && t.Lost > 0 {
			return []message.Message{message.New("verdict.lonely", "lost", t.Lost, "replicas", page.Replicas(t.Replicas))}
		}
	}
	return nil
}

func percentOf(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }
