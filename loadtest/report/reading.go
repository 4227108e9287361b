package report

import (
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// readings are how to read each section, by its anchor. A kind of experiment may bring its own.
var readings = map[string]page.Reading{
	"summary": {
		See: message.New("reading.summary-see"), Why: message.New("reading.summary-why"),
		Not: message.New("reading.summary-not"), Misread: []message.Message{
			message.New("reading.summary-products"), message.New("reading.summary-noise"),
			message.New("reading.summary-control"),
		},
	},
	"scaling": {
		See: message.New("reading.scaling-see"), Why: message.New("reading.scaling-why"),
		Not: message.New("reading.scaling-not"), Misread: []message.Message{
			message.New("reading.scaling-full"), message.New("reading.scaling-absolute"), message.New("reading.scaling-above"),
		},
	},
	"model": {
		See: message.New("reading.model-see"), Why: message.New("reading.model-why"), Not: message.New("reading.model-not"),
		Misread: []message.Message{message.New("reading.model-errors"), message.New("reading.model-two")},
	},
	"cost": {
		See: message.New("reading.cost-see"), Why: message.New("reading.cost-why"), Not: message.New("reading.cost-not"),
		Misread: []message.Message{
			message.New("reading.cost-share"), message.New("reading.cost-budgets"), message.New("reading.cost-falls"),
		},
	},
	"latency": {
		See: message.New("reading.latency-see"), Why: message.New("reading.latency-why"),
		Not: message.New("reading.latency-not"), Misread: []message.Message{
			message.New("reading.latency-percent"), message.New("reading.latency-queue"),
		},
	},
	"delays": {
		See: message.New("reading.delays-see"), Why: message.New("reading.delays-why"),
		Not: message.New("reading.delays-not"), Misread: []message.Message{message.New("reading.delays-rank")},
	},
	"memory": {
		See: message.New(
			"reading.memory-see",
		),
		Why: message.New("reading.memory-why"),
		Not: message.New("reading.memory-not"),
	},
	"logins": {
		See: message.New(
			"reading.logins-see",
		),
		Why: message.New("reading.logins-why"),
		Not: message.New("reading.logins-not"),
	},
	"replay": {
		See: message.New(
			"reading.replay-see",
		),
		Why: message.New("reading.replay-why"),
		Not: message.New("reading.replay-not"),
	},
	"saturation": {
		See: message.New("reading.saturation-see"), Why: message.New("reading.saturation-why"),
		Not: message.New("reading.saturation-not"), Misread: []message.Message{message.New("reading.saturation-cheaper")},
	},
	"missing": {
		See: message.New("reading.missing-see"), Why: message.New("reading.missing-why"),
		Not: message.New("reading.missing-not"), Misread: []message.Message{message.New("reading.missing-withheld")},
	},
	"ladder": {
		See: message.New(
			"reading.ladder-see",
		),
		Why: message.New("reading.ladder-why"),
		Not: message.New("reading.ladder-not"),
	},
	"capacity": {
		See: message.New("reading.capacity-see"), Why: message.New("reading.capacity-why"),
		Not: message.New("reading.capacity-not"),
	},
	"distance": {
		See: message.New("reading.distance-see"), Why: message.New("reading.distance-why"),
		Not: message.New("reading.distance-not"),
	},
	"target": {
		See: message.New(
			"reading.target-see",
		),
		Why: message.New("reading.target-why"),
		Not: message.New("reading.target-not"),
	},
}

// read adds to each section with figures how to read it.
func read(a *analysis.Analysis, all []page.Section) []page.Section {
	for i, s := range all {
		if s.Reading.See.IsZero() && len(s.Tables) > 0 {
			all[i].Reading = readings[s.ID]
		}
		if s.ID == "summary" && len(s.Tables) > 0 {
			all[i].Reading.Misread = slices.Concat(readings[s.ID].Misread, misreadSessions(a))
		}
	}
	return all
}

// misreadSessions are wrong conclusions about schemes that only some plans have.
func misreadSessions(a *analysis.Analysis) (all []message.Message) {
	for _, s := range a.Run.Plan.AllSchemes() {
		switch {
		case s.LosesLogins && a.Run.Plan.Scaling != nil:
			all = append(all, message.New("reading.summary-loses", "scheme", s.Name))
		case s.DemandAs != "" && costOf(a, s.Name).As != "":
			all = append(all, message.New("reading.summary-same", "scheme", s.Name, "other", s.DemandAs))
		}
	}
	return all
}
