package incident

import (
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
)

// Calm is the incident without a fault.
const Calm = "calm"

// failsClosed is what a scheme does whose every request needs the part that is gone. mayFail is the same where a
// request needs it only now and then. failsOpen is what one does that goes on without it, and loses what one does whose
// logins were in it.
var (
	failsClosed = Limits{Unavailable: Must, NoLogins: May}
	mayFail     = Limits{Unavailable: May, NoLogins: May}
	failsOpen   = Limits{Admitted: May}
	loses       = Limits{Unavailable: May, NoLogins: May, LoggedOut: Must}
	// noticed is what a scheme does that asks once a second what was dropped, with a second to spare. It asks as seldom
	// whether the store may be trusted again.
	noticed = Limits{Unavailable: May, NoLogins: May, Admitted: May, Relapse: 2 * time.Second, Back: 2 * time.Second}
)

// drained are the flags of replicas that are restarted in order: they serve until the balancer has noticed.
var drained = []string{"--drain=" + (2 * checkEvery).String()}

// anew ends every replica in order and starts it again, one after the other.
var anew = []Step{{Do: Quit, Part: Rolling}, {Do: Restart, Part: Rolling}}

// stale are the limits where a part is met on old connections, or before a check has noticed, for a few moments.
func stale() map[Group]Limits {
	all := map[Group]Limits{}
	for _, g := range []Group{TheControl, Stateless, InStore, Remembered, Revocations, Pushed, PushedOpen} {
		all[g] = Limits{Unanswered: May, NoLogins: May}
	}
	all[InReplica] = Limits{Unanswered: May, NoLogins: May, LoggedOut: Must}
	return all
}

// Incidents is the table of incidents.
var Incidents = slices.Concat(
	[]Incident{{
		Name: Calm, Title: message.New("incident.calm.title"), Hypothesis: message.New("incident.calm.says"), Hits: Nothing,
	}},
	ofReplicas, ofStore, ofRedis, ofFailover, ofKeys, ofClients,
)

var ofReplicas = []Incident{
	{
		Name: "replica-killed", Title: message.New("incident.replica-killed.title"),
		Hypothesis: message.New("incident.replica-killed.says"), Hits: Replicas,
		Break:  []Step{{Do: Kill, Part: "replica-1"}},
		Proof:  []Proof{{Part: "replica-1", State: "gone"}},
		Repair: []Step{{Do: Restart, Part: "replica-1"}},
		Limits: stale(),
	},
	{
		Name: "rolling-restart", Title: message.New("incident.rolling-restart.title"),
		Hypothesis: message.New("incident.rolling-restart.says"), Hits: Replicas, Flags: drained,
		Break: anew, Passing: true,
		Proof:  []Proof{{Anew: Rolling}},
		Limits: map[Group]Limits{InReplica: {LoggedOut: Must}},
	},
	skewed(Incident{
		Name: "clock-off", Title: message.New("incident.clock-off.title"),
		Hypothesis: message.New("incident.clock-off.says"),
	}, -20*time.Second),
	skewed(Incident{
		Name: "clock-wrong", Title: message.New("incident.clock-wrong.title"),
		Hypothesis: message.New("incident.clock-wrong.says"),
	}, -2*time.Minute),
}

// skewed makes an incident of a replica that is started again with a wrong clock, and so without its sessions.
func skewed(i Incident, by time.Duration) Incident {
	i.Hits, i.Flags = Replicas, drained
	i.Break = []Step{{Do: Quit, Part: "replica-1"}, {Do: Skew, Part: "replica-1", By: by}}
	i.Proof = []Proof{{Skewed: by, Of: "replica-1"}}
	i.Repair = []Step{{Do: Quit, Part: "replica-1"}, {Do: Restart, Part: "replica-1"}}
	i.Limits = map[Group]Limits{InReplica: {LoggedOut: Must}}
	return i
}

var ofStore = []Incident{
	{
		Name: "store-down", Title: message.New("incident.store-down.title"),
		Hypothesis: message.New("incident.store-down.says"), Hits: Redis,
		Break:  []Step{{Do: Ask, Ask: []string{"SAVE"}}, {Do: Kill, Part: "store"}},
		Proof:  []Proof{{Part: "store", State: "gone"}},
		Repair: []Step{{Do: Restart, Part: "store"}},
		Limits: map[Group]Limits{
			InStore: failsClosed, Remembered: mayFail, Revocations: failsClosed, Pushed: mayFail, PushedOpen: failsOpen,
		},
	},
	{
		Name: "store-hangs", Title: message.New("incident.store-hangs.title"),
		Hypothesis: message.New("incident.store-hangs.says"), Hits: Redis,
		Break:  []Step{{Do: Pause, Part: "store"}},
		Proof:  []Proof{{Part: "store", State: "paused"}},
		Repair: []Step{{Do: Resume, Part: "store"}},
		Limits: map[Group]Limits{
			InStore:     {Unavailable: Must, NoLogins: May, Prompt: 300 * time.Millisecond},
			Remembered:  {Unavailable: May, NoLogins: May, Prompt: 300 * time.Millisecond},
			Revocations: {Unavailable: Must, NoLogins: May, Prompt: 300 * time.Millisecond},
			Pushed:      mayFail,
			PushedOpen:  failsOpen,
		},
	},
	{
		Name: "store-slow", Title: message.New("incident.store-slow.title"),
		Hypothesis: message.New("incident.store-slow.says"), Hits: Redis, Relayed: true,
		Break:  []Step{{Do: Delay, By: 20 * time.Millisecond}},
		Proof:  []Proof{{Slower: 20 * time.Millisecond}},
		Repair: []Step{{Do: Delay}},
	},
	disturbed(Incident{
		Name: "store-jitter", Title: message.New("incident.store-jitter.title"),
		Hypothesis: message.New("incident.store-jitter.says"),
		Proof:      []Proof{{Uneven: 5 * time.Millisecond}},
	}, experiment.Disturbance{Jitter: 20 * time.Millisecond}),
	disturbed(Incident{
		Name: "store-resets", Title: message.New("incident.store-resets.title"),
		Hypothesis: message.New("incident.store-resets.says"),
		Proof:      []Proof{{Reset: true}}, Limits: cutOff,
	}, experiment.Disturbance{ResetEvery: 500 * time.Millisecond}),
	disturbed(Incident{
		Name: "store-half-open", Title: message.New("incident.store-half-open.title"),
		Hypothesis: message.New("incident.store-half-open.says"),
		Proof:      []Proof{{Mute: true}}, Limits: silenced,
	}, experiment.Disturbance{HalfOpen: true}),
	emptied("store-emptied"),
	emptied("login-storm"),
}

// cutOff are the limits where connections to the store are lost, and new ones work.
var cutOff = map[Group]Limits{
	InStore: mayFail, Remembered: mayFail, Revocations: mayFail, Pushed: mayFail, PushedOpen: failsOpen,
}

// silenced are the limits where connections to the store say nothing more, and new ones work.
var silenced = map[Group]Limits{
	InStore:     {Unavailable: Must, NoLogins: May, Soon: time.Second},
	Remembered:  {Unavailable: May, NoLogins: May, Soon: time.Second},
	Revocations: {Unavailable: Must, NoLogins: May, Soon: time.Second},
	Pushed:      mayFail, PushedOpen: failsOpen,
}

// disturbed makes an incident of a store behind a network that is not right.
func disturbed(i Incident, net experiment.Disturbance) Incident {
	i.Hits, i.Relayed = Redis, true
	i.Break, i.Repair = []Step{{Do: Disturb, Net: net}}, []Step{{Do: Disturb}}
	return i
}

// emptied is a store that starts again without what it held.
func emptied(name string) Incident {
	i := Incident{
		Name: name, Title: message.New("incident.store-emptied.title"),
		Hypothesis: message.New("incident.store-emptied.says"), Hits: Redis, Passing: true,
		Break: []Step{{Do: Kill, Part: "store"}, {Do: Restart, Part: "store"}},
		Proof: []Proof{{Ask: []string{"INFO", "persistence"}, Has: "rdb_last_load_keys_loaded:0"}},
		Limits: map[Group]Limits{
			InStore: loses, Remembered: loses,
			Revocations: mayFail, Pushed: mayFail, PushedOpen: failsOpen,
		},
	}
	if name == "login-storm" {
		i.Title, i.Hypothesis = message.New("incident.login-storm.title"), message.New("incident.login-storm.says")
		i.Storm = true
	}
	return i
}

var ofRedis = []Incident{
	{
		Name: "store-demoted", Title: message.New("incident.store-demoted.title"),
		Hypothesis: message.New("incident.store-demoted.says"), Hits: Redis,
		Break:  []Step{{Do: Ask, Ask: []string{"REPLICAOF", "127.0.0.1", "1"}}},
		Proof:  []Proof{{Ask: []string{"INFO", "replication"}, Has: "role:slave"}},
		Repair: []Step{{Do: Ask, Ask: []string{"REPLICAOF", "NO", "ONE"}}},
		Limits: map[Group]Limits{
			InStore: failsClosed, Remembered: mayFail, Revocations: mayFail, Pushed: mayFail, PushedOpen: failsOpen,
		},
	},
	{
		Name: "store-full", Title: message.New("incident.store-full.title"),
		Hypothesis: message.New("incident.store-full.says"), Hits: Redis,
		Break:  []Step{{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory", "1"}}},
		Proof:  []Proof{{Ask: []string{"SET", "authlab-incident", "1"}, Has: "OOM"}},
		Repair: []Step{{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory", "0"}}},
		Limits: map[Group]Limits{
			InStore: {NoLogins: Must}, Remembered: {NoLogins: Must}, Revocations: mayFail, Pushed: mayFail,
			PushedOpen: {NoLogins: May, Admitted: May},
		},
	},
	{
		Name: "store-evicts", Title: message.New("incident.store-evicts.title"),
		Hypothesis: message.New("incident.store-evicts.says"), Hits: Redis,
		Break: []Step{
			{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"}},
			{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory", "1"}},
		},
		Proof: []Proof{{Ask: []string{"INFO", "stats"}, Lacks: "evicted_keys:0"}},
		Repair: []Step{
			{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory", "0"}},
			{Do: Ask, Ask: []string{"CONFIG", "SET", "maxmemory-policy", "noeviction"}},
			{Do: Ask, Ask: []string{"CONFIG", "RESETSTAT"}},
		},
		Limits: map[Group]Limits{
			InStore: loses, Remembered: loses, Revocations: noticed, Pushed: mayFail, PushedOpen: failsOpen,
		},
	},
}

// ofFailover is a failover that one replica has not noticed: the other was started again and asks the new master, while
// it still has its connections to the old one. Redis copies late, so that what the old master learns alone is lost.
var ofFailover = []Incident{{
	Name: "old-master", Title: message.New("incident.old-master.title"),
	Hypothesis: message.New("incident.old-master.says"), Hits: Redis, Relayed: true, Flags: drained,
	Break: []Step{
		{Do: Follow}, {Do: FailOver}, {Do: Quit, Part: "replica-0"}, {Do: Restart, Part: "replica-0"},
	},
	Proof:  []Proof{{Split: true}, {Anew: "replica-0"}},
	Repair: []Step{{Do: Demote}},
	Limits: map[Group]Limits{
		InStore: failsSplit, Remembered: failsSplit, Revocations: healsSplit, Pushed: healsSplit, PushedOpen: healsSplit,
	},
}}

// failsSplit is what a scheme does whose replicas ask two stores: a logout that one of them hears is unknown to the
// other. healsSplit is the same where the accounts know the logout too: the replicas tell the new master what it lacks.
var (
	failsSplit = Limits{Unavailable: May, NoLogins: May, Admitted: May}
	healsSplit = Limits{Unavailable: May, NoLogins: May, Admitted: May, Heals: 2 * time.Second}
)

// endsAll is what becomes of logins whose key is gone: every user must log in again.
var endsAll = Limits{LoggedOut: Must, Everyone: true, NoLogins: May}

var ofKeys = []Incident{
	{
		Name: "key-rotated", Title: message.New("incident.key-rotated.title"),
		Hypothesis: message.New("incident.key-rotated.says"), Hits: Keys, Flags: drained,
		Break: slices.Concat([]Step{{Do: Rotate, Part: "announce"}}, anew, []Step{{Do: Rotate, Part: "sign"}}, anew),
		Proof: []Proof{{Anew: Rolling}}, Passing: true, Lasts: brief,
	},
	{
		Name: "key-removed", Title: message.New("incident.key-removed.title"),
		Hypothesis: message.New("incident.key-removed.says"), Hits: Keys, Flags: drained,
		Break: slices.Concat([]Step{
			{Do: Rotate, Part: "announce"}, {Do: Rotate, Part: "sign"}, {Do: Rotate, Part: "retire"},
		}, anew),
		Proof: []Proof{{Anew: Rolling}}, Passing: true, Lasts: brief,
		Limits: map[Group]Limits{
			Stateless: endsAll, Revocations: endsAll, Pushed: endsAll, PushedOpen: endsAll,
		},
	},
	{
		Name: "accounts-gone", Title: message.New("incident.accounts-gone.title"),
		Hypothesis: message.New("incident.accounts-gone.says"), Hits: Accounts,
		Break: []Step{{Do: Lock}}, Proof: []Proof{{Locked: true}}, Repair: []Step{{Do: Unlock}},
		Limits: map[Group]Limits{
			Stateless: {NoLogins: Must}, InReplica: {NoLogins: Must}, InStore: {NoLogins: Must}, Remembered: {NoLogins: Must},
			Revocations: {NoLogins: Must}, Pushed: {NoLogins: Must}, PushedOpen: {NoLogins: Must},
		},
	},
}

// brief is how long an incident goes on whose fault is over once it was made.
const brief = time.Second

var ofClients = []Incident{
	{
		Name: "tabs-renew", Title: message.New("incident.tabs-renew.title"),
		Hypothesis: message.New("incident.tabs-renew.says"), Hits: Logins, Deed: TabsRenew,
		Passing: true, Lasts: brief,
	},
	{
		Name: "logout-overtakes", Title: message.New("incident.logout-overtakes.title"),
		Hypothesis: message.New("incident.logout-overtakes.says"), Hits: Logins, Deed: Overtaken,
		Passing: true, Lasts: brief,
	},
}
