package logins

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Headline implements experiment.Headlined: the password makes a login expensive, not the scheme.
func (f *Findings) Headline() []page.Verdict {
	v := page.Verdict{
		ID: key, Section: key, Asks: message.Say("logins.headline-asks"), Setup: message.Say("logins.headline-setup"),
		Figure: message.Sentence{Message: message.Text(page.None)},
	}
	for _, l := range f.Logins {
		if !l.PasswordRatio.Known() {
			continue
		}
		times := page.Significant(l.PasswordRatio.Center)
		v.Figure = message.Say("logins.headline-figure", "times", times)
		v.Says = message.Say("logins.headline", "times", times, "scheme", l.Name)
		v.Interval = message.Say("logins.headline-interval", "times", page.Interval(l.PasswordRatio, page.Significant))
		return []page.Verdict{v}
	}
	v.Says = message.Say("logins.headline-none")
	return []page.Verdict{v}
}
