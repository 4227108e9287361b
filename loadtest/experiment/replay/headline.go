package replay

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Headline implements experiment.Headlined: the scheme whose store is full first.
func (f *Findings) Headline() []page.Verdict {
	var least Carried
	for _, c := range f.Carried {
		if c.Replicas.Known() && (least.Name == "" || c.Replicas.Center < least.Replicas.Center) {
			least = c
		}
	}
	v := page.Verdict{
		ID: key, Section: key, Asks: message.Say("replay.headline-asks"), Setup: message.Say("replay.headline-setup"),
		Figure: message.Sentence{Message: message.Text(page.None)}, Says: message.Say("replay.headline-none"),
	}
	if least.Name != "" {
		replicas := page.Significant(least.Replicas.Center)
		v.Figure = message.Say("replay.headline-figure", "replicas", replicas)
		v.Says = message.Say("replay.headline", "replicas", replicas, "scheme", least.Name)
		v.Interval = message.Say("replay.headline-interval", "replicas", page.Interval(least.Replicas, page.Significant))
	}
	return []page.Verdict{v}
}
