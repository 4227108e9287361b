package incident

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// house holds the servers of all schemes. Incidents that need servers of one kind share them, because a start takes
// almost as long as a fault: every incident repairs what it broke, and proves that the servers are as before.
type house struct {
	bench    experiment.Bench
	part     *Part
	standing map[string]*tenant // by scheme
	again    int                // repetitions that were made again
}

// tenant is one scheme's servers.
type tenant struct {
	servers
	kind string // what they were started for
	used int    // users so far
}

func (h *house) schemes() []plan.Scheme { return h.part.Schemes(h.bench.Plan()) }

// order is the order in which incidents are measured: those that share servers follow each other. The calm is first.
func (d *Part) order() []Incident {
	all := d.Incidents()
	first := map[string]int{}
	for k, i := range all {
		for _, need := range []string{i.flags(), i.needs()} {
			if _, known := first[need]; !known {
				first[need] = k
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Incident) int {
		return cmp.Or(first[a.flags()]-first[b.flags()], first[a.needs()]-first[b.needs()])
	})
	return all
}

// needs names the kind of servers of an incident, where all schemes have a store.
func (i Incident) needs() string { return i.kind(plan.Scheme{Store: true}) }

func (i Incident) flags() string { return strings.Join(i.Flags, " ") }

// kind names the kind of servers that a scheme needs for an incident.
func (i Incident) kind(s plan.Scheme) string {
	kind := i.flags()
	if i.Relayed && s.Store {
		kind += " relayed"
	}
	return kind
}

// next is the first user of the next repetition.
func (t *tenant) next(d *Part) int {
	first := t.used
	t.used += d.Users + watched
	return first
}

// light lets a server start without its ballast, which makes costs comparable: an incident compares none, and may
// restart the replicas of all schemes at once. Without it a start takes a third of the CPU, and the load stays in time.
var light = []string{"--ballast=0"}

// prepare starts the servers that the incident needs and that do not stand yet.
func (h *house) prepare(ctx context.Context, i Incident) error {
	var leaving sync.WaitGroup
	for _, s := range h.schemes() {
		if t := h.standing[s.Name]; t != nil && t.kind != i.kind(s) {
			delete(h.standing, s.Name)
			leaving.Go(t.Down) // servers that drain take a second
		}
	}
	leaving.Wait()
	for _, s := range h.schemes() {
		if h.standing[s.Name] != nil || !i.Lacks(s).IsZero() {
			continue
		}
		stood, err := h.bench.Stand(ctx, experiment.Setup{
			Scheme: s, Replicas: h.part.Replicas, Users: h.users(i, s), Flags: slices.Concat(light, i.Flags),
			CheckEvery: checkEvery, Relayed: i.Relayed && s.Store,
		})
		if err != nil {
			return err
		}
		able, ok := stood.(servers)
		if !ok {
			stood.Down()
			return errors.New("these servers cannot be broken")
		}
		h.standing[s.Name] = &tenant{servers: able, kind: i.kind(s)}
	}
	return nil
}

// users is how many users sign in at a scheme's servers, in all incidents that share them.
func (h *house) users(i Incident, s plan.Scheme) (n int) {
	if calm, _ := named(Calm); calm.kind(s) == i.kind(s) {
		n = h.part.Users // the rehearsal's
	}
	for _, other := range h.part.Incidents() {
		if other.kind(s) == i.kind(s) {
			n += h.part.Times * (h.part.Users + watched)
		}
	}
	return n + mostAgain*(h.part.Users+watched)
}

// leave takes a scheme's servers down, which may be broken for good.
func (h *house) leave(scheme string) {
	if t := h.standing[scheme]; t != nil {
		t.Down()
		delete(h.standing, scheme)
	}
}

// spoil has a scheme's servers serve for this incident only.
func (h *house) spoil(scheme string) {
	if t := h.standing[scheme]; t != nil {
		t.kind = "spoilt"
	}
}

// empty takes everything down.
func (h *house) empty() {
	var leaving sync.WaitGroup
	for _, t := range h.standing {
		leaving.Go(t.Down)
	}
	leaving.Wait()
}
