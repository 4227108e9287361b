package incident

import (
	"time"

	"authlab/loadtest/message"
)

// Calm is the incident without a fault.
const Calm = "calm"

// dies and hangs are what schemes do whose every request needs the store.
var failsClosed = Limits{Unavailable: Must, NoLogins: May}

// Incidents is the table of incidents.
var Incidents = []Incident{
	{
		Name: Calm, Title: message.New("incident.calm.title"), Hypothesis: message.New("incident.calm.says"), Hits: Nothing,
	},
	{
		Name: "store-down", Title: message.New("incident.store-down.title"),
		Hypothesis: message.New("incident.store-down.says"), Hits: Redis,
		Break:  []Step{{Do: Ask, Ask: []string{"SAVE"}}, {Do: Kill, Part: "store"}},
		Proof:  []Proof{{Part: "store", State: "gone"}},
		Repair: []Step{{Do: Restart, Part: "store"}},
		Limits: map[Group]Limits{
			InStore: failsClosed, Remembered: {Unavailable: May, NoLogins: May}, Revocations: failsClosed,
			Pushed: {Unavailable: May},
		},
	},
}

var _ = time.Second
