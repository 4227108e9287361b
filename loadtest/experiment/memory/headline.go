package memory

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// Headline implements experiment.Headlined: where a login takes memory, the most of a replica and the most of a store.
func (f *Findings) Headline() []page.Verdict {
	replica, store := stats.Of(nil), stats.Of(nil)
	var ofReplica, ofStore string
	for _, g := range f.Growth {
		if b := g.Replica.Bytes; b.Known() && b.Center > max(Noise, replica.Center) && !g.Replica.Bent() {
			replica, ofReplica = b, g.Name
		}
		if g.Store != nil && g.Store.Bytes.Known() && g.Store.Bytes.Center > max(Noise, store.Center) && !g.Store.Bent() {
			store, ofStore = g.Store.Bytes, g.Name
		}
	}
	v := page.Verdict{
		ID: key, Section: key, Asks: message.Say("memory.headline-asks"), Setup: message.Say("memory.headline-setup"),
		Figure: message.Sentence{Message: message.Text(page.None)},
	}
	switch {
	case ofReplica == "" && ofStore == "":
		v.Says = message.Say("memory.headline-none")
		return []page.Verdict{v}
	case ofReplica == "":
		v.Says = message.Say("memory.headline-store", "scheme", ofStore, "bytes", page.Significant(store.Center))
		replica = store
	default:
		v.Says = message.Say("memory.headline-replica", "scheme", ofReplica, "bytes", page.Significant(replica.Center))
		if ofStore != "" {
			v.Means = message.Say("memory.headline-store", "scheme", ofStore, "bytes", page.Interval(store, page.Significant))
		}
	}
	v.Figure = message.Say("memory.headline-figure", "bytes", page.Significant(replica.Center))
	v.Interval = message.Say("memory.headline-interval", "bytes", page.Interval(replica, page.Significant))
	return []page.Verdict{v}
}
