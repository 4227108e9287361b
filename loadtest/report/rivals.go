package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
)

// rivalSection sets the lab's rows beside those made with other libraries, where a plan has some.
func rivalSection(a *analysis.Analysis) []section {
	if len(a.Rivals) == 0 {
		return nil
	}
	t := table{
		Caption: "CPU time of a request with this lab's server ÷ with the peer's",
		Head:    []string{"scheme", "peer", "#whole request", "#added to the control", "what the peer is, and what it leaves out"},
	}
	for _, r := range a.Rivals {
		what := ""
		if s, err := plan.SchemeNamed(r.Peer); err == nil && len(s.Caveats) > 0 {
			what = s.Caveats[0]
		}
		t.add(r.Name, r.Peer, ratio(r.Total), ratio(r.Added), what)
	}
	return []section{{
		ID: "peers", Title: "Beside other libraries",
		Text:   []string{"The same routes, handlers, limits and accounts, saturated in the same rounds; only the way to tell who asks is the library's own, in its best case."},
		Tables: []table{t},
		Notes: []string{"Below 1 this lab's server is cheaper. What is added to the control is what authentication alone takes: the rest of a request is the same for both. " +
			"Samples are starts, each the median of its rounds."},
	}}
}
