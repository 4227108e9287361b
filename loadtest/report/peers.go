package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// peerSection compares the lab's schemes with peers that other libraries make, where a plan has some.
func peerSection(a *analysis.Analysis) []page.Section {
	if len(a.Peers) == 0 {
		return nil
	}
	t := page.Table{
		Caption: "CPU time of a request with this lab's server ÷ with the peer's",
		Head: []string{
			"scheme", "peer", "#whole request", "#added to the control",
			"what the peer is, and what it leaves out",
		},
	}
	for _, r := range a.Peers {
		what := ""
		if s, err := plan.SchemeNamed(r.Peer); err == nil && len(s.Caveats) > 0 {
			what = s.Caveats[0]
		}
		t.Add(r.Name, r.Peer, page.Ratio(r.Total), page.Ratio(r.Added), what)
	}
	return []page.Section{{
		ID: "peers", Title: "Beside other libraries",
		Text: []string{"The same routes, handlers, limits and accounts, saturated in the same rounds; only the way to " +
			"tell who asks is the library's own, in its best case."},
		Tables: []page.Table{t},
		Notes: []string{"Below 1 this lab's server is cheaper. What is added to the control is what authentication alone " +
			"takes: the rest of a request is the same for both. Samples are starts, each the median of its rounds."},
	}}
}
