package measure

import "authlab/loadtest/record"

// Saturates reports whether the generator kept the server as busy as a demand cell needs.
func Saturates(c record.Ceiling) bool { return c.ServerBusy >= record.Saturated }

// OnTime reports whether a latency cell at this rate would count.
func OnTime(p record.Punctuality) bool {
	return float64(p.Sent) >= sentShare*float64(p.Planned) && p.LagP99 <= objective/10
}

// sentShare is the share of the planned requests that must be sent.
const sentShare = 0.99
