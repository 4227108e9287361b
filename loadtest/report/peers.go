package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// peerSection compares the lab's schemes with peers that other libraries make, where a plan has some.
func peerSection(a *analysis.Analysis) []page.Section {
	if len(a.Peers) == 0 {
		return nil
	}
	t := page.Table{
		Caption: message.New("peers.caption"),
		Head:    page.Head("head.scheme", "peers.peer", "#peers.total", "#peers.added", "peers.what"),
	}
	for _, r := range a.Peers {
		what := ""
		if s, err := plan.SchemeNamed(r.Peer); err == nil && len(s.Caveats) > 0 {
			what = s.Caveats[0]
		}
		t.Add(r.Name, r.Peer, page.Ratio(r.Total), page.Ratio(r.Added), what)
	}
	return []page.Section{{
		ID: "peers", Title: message.New("peers.title"), Text: []message.Message{message.New("peers.text")},
		Tables: []page.Table{t}, Notes: []message.Message{message.New("peers.note")},
	}}
}
