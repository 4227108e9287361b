// Package choice gathers what a run measured and what its model allows, for the question "which scheme for me?". It
// gathers inputs and decides nothing: package page has the one program that computes an answer from them, in the
// reader's browser.
package choice

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Inputs are the measured inputs of an answer, for all schemes of a run.
type Inputs struct {
	// Refused says why the run answers nothing.
	Refused message.Sentence `json:"refused,omitzero"`
	// Unranked says why the run calls no scheme cheaper than another.
	Unranked message.Sentence `json:"unranked,omitzero"`
	Replicas int              `json:"replicas"` // the most that were measured with any scheme
	Schemes  []Scheme         `json:"schemes"`  // that were measured, without the control
}

// Failure is what happens when the part that keeps the logins fails. It follows from a scheme's design.
type Failure string

// The kinds of failure, from the mildest.
const (
	NothingFails  Failure = "nothing"  // every replica can check a login by itself
	RequestsFail  Failure = "requests" // until the store is back
	LoginsAreLost Failure = "logins"   // they lived in a replica
)

// Scheme is what is known of one scheme.
type Scheme struct {
	Name string `json:"scheme"` // its name
	// Ends is the longest time that an ended login still works, in seconds, by the scheme's guarantee.
	Ends float64 `json:"ends_within_s"`
	// Expires says that this time is the lifetime of a token that is renewed: a shorter one logs no user out.
	Expires bool `json:"ends_at_expiry,omitempty"`
	// Failure is what happens when the part that keeps the logins fails.
	Failure Failure `json:"failure"`
	// Single says that with more replicas most requests meet one that does not know the login.
	Single bool `json:"one_replica_only,omitempty"`
	Broken bool `json:"guarantee_broken,omitempty"` // this run saw an ended login work for longer
	// Costs are by the bytes of claims in its token, rising; of a scheme without tokens one, with 0 bytes. Empty where no
	// cost is known.
	Costs []Cost `json:"costs"`
	// Load is what a request costs at a share of the rate that saturates a replica ÷ at saturation, by rising share, which
	// ends at 1. Without other shares nothing is known of a replica that is not full.
	Load []Load `json:"load"`
	// Beyond is the largest number of replicas that the model may predict: Inputs.Replicas where it may predict none.
	Beyond int `json:"replicas_by_model"`
	// Share is the throughput as a share of the control's with as many replicas, as measured.
	Share  []Share `json:"share_of_control"`
	Store  *Store  `json:"store,omitempty"`  // nil where the scheme has none
	Memory *Memory `json:"memory,omitempty"` // nil where it was not read
}

// Cost is what a request costs a replica that is saturated and alone on its core.
type Cost struct {
	Bytes int            `json:"claims_bytes"` // of claims in the token; 0 where there is no token
	CPU   stats.Estimate `json:"cpu_us"`       // CPU µs per request
	Added stats.Estimate `json:"added_us"`     // of these, more than without authentication
	Ratio stats.Estimate `json:"ratio"`        // to the cost without authentication
}

// Load is by how much a request costs more where a replica is not full.
type Load struct {
	Share float64        `json:"share"` // of the rate that saturates
	Ratio stats.Estimate `json:"ratio"` // cost of a request ÷ its cost at saturation
	// Added is what authentication adds there, where it was measured: it does not grow as the whole request does.
	Added *stats.Estimate `json:"added_us,omitempty"`
}

// Share is a throughput that was measured.
type Share struct {
	Replicas int            `json:"replicas"` // that were measured
	Control  stats.Estimate `json:"ratio"`    // to the control's throughput
}

// plainClaims is about how many bytes of claims the token of a plain scheme carries.
const plainClaims = 200

// Of gathers the inputs of a run, whose model was judged. Without the cost of any scheme it is nil.
func Of(a *analysis.Analysis, j model.Judgement) *Inputs {
	in := &Inputs{Replicas: 1, Unranked: a.Noisy}
	if !a.Void.IsZero() {
		in.Refused = a.Void
	}
	for _, t := range a.Scaling {
		in.Replicas = max(in.Replicas, t.Replicas)
	}
	known := false
	for _, c := range a.Demand {
		named := slices.ContainsFunc(plan.Schemes, func(s plan.Scheme) bool { return s.Name == c.Name })
		if !named || c.Name == plan.Control || c.Name == plan.Twin {
			continue
		}
		s := schemeOf(a, c)
		s.Beyond = beyond(j, c.Name, in.Replicas)
		known = known || len(s.Costs) > 0
		in.Schemes = append(in.Schemes, s)
	}
	if !known {
		return nil
	}
	return in
}

func schemeOf(a *analysis.Analysis, c analysis.Cost) Scheme {
	s := Scheme{
		Name: c.Name, Ends: ends(c.Scheme).Seconds(), Failure: failure(c.Scheme), Single: c.Scheme.LosesLogins,
		Expires: c.Scheme.Guarantee == plan.AtExpiry && !c.Scheme.Sealed,
		Broken:  broken(a, c.Name), Costs: costs(a, c), Store: storeOf(a, c), Memory: memoryOf(a, c),
	}
	measured := cmp.Or(c.As, c.Name)
	for _, r := range a.Ladder {
		if r.Name == measured && r.Share < 1 && r.Ratio.Known() {
			s.Load = append(s.Load, Load{Share: r.Share, Ratio: r.Ratio})
		}
	}
	if len(s.Load) == 0 {
		s.Load = atRates(a, c.Name, c.CPU, float64(latencyReplicas(a)), func(l analysis.AtRate) Load {
			return Load{Ratio: l.CPU, Added: &l.Added}
		})
	}
	s.Load = full(s.Load)
	for _, t := range a.Scaling {
		if t.Name == c.Name && t.Control.Known() && t.Unlike.IsZero() {
			s.Share = append(s.Share, Share{t.Replicas, t.Control})
		}
	}
	return s
}

// full ends a load's points with saturation.
func full(points []Load) []Load {
	slices.SortFunc(points, func(x, y Load) int { return cmp.Compare(x.Share, y.Share) })
	return append(points, Load{Share: 1, Ratio: stats.Estimate{Center: 1, Low: 1, High: 1, N: 1}})
}

func latencyReplicas(a *analysis.Analysis) int {
	if a.Run.Plan.Latency == nil {
		return 1
	}
	return a.Run.Plan.Latency.Replicas
}

// atRates are points of a load, from what requests cost at the fixed rates of the latency cells. A rate is spread over
// parts: the replicas, or one store. Of tells the cost, in µs, as the Ratio of a point. It is divided by full, the cost
// at saturation: both are absolute figures of one run, and the interval includes both intervals.
func atRates(a *analysis.Analysis, scheme string, full stats.Estimate, parts float64, of func(analysis.AtRate) Load,
) (points []Load) {
	for _, x := range a.Latency {
		p := of(x.Load)
		cost := p.Ratio
		p.Share = x.Rate / parts * full.Center / 1e6
		if x.Name != scheme || !x.Load.Drift.IsZero() ||
			!cost.Known() || !full.Known() || !(cost.Center > 0) || !(full.Low > 0) || p.Share >= 1 {
			continue
		}
		p.Ratio.Center, p.Ratio.Low, p.Ratio.High = cost.Center/full.Center, cost.Low/full.High, cost.High/full.Low
		points = append(points, p)
	}
	return points
}

// What a login that ended lives on by default: the servers' lifetimes of access tokens, leeway included, and of sealed
// sessions. What shorter ones cost in renewals is not measured.
const (
	tokensLive = 15 * time.Minute
	sealedLive = 12 * time.Hour
)

// ends is the longest time that an ended login still works.
func ends(s plan.Scheme) time.Duration {
	switch {
	case s.Guarantee == plan.WithinPush:
		return s.Push
	case s.Guarantee == plan.AtExpiry && s.Sealed:
		return sealedLive
	case s.Guarantee == plan.AtExpiry:
		return tokensLive
	}
	return 0
}

func failure(s plan.Scheme) Failure {
	switch {
	case s.PerReplica:
		return LoginsAreLost
	case s.Store:
		return RequestsFail
	}
	return NothingFails
}

// costs are those of a scheme, and of the same with more claims.
func costs(a *analysis.Analysis, own analysis.Cost) (all []Cost) {
	add := func(bytes int, c analysis.Cost) {
		if c.Withheld.IsZero() && c.CPU.Known() && c.Ratio.Known() {
			all = append(all, Cost{bytes, c.CPU, c.Added, c.Ratio})
		}
	}
	if own.Scheme.Alg == "" {
		add(0, own)
		return all
	}
	add(plainClaims, own)
	for _, c := range a.Demand {
		if bytes := claims(c.Scheme); bytes > 0 && strings.HasPrefix(c.Name, own.Name+"-claims-") {
			add(bytes, c)
		}
	}
	slices.SortFunc(all, func(x, y Cost) int { return cmp.Compare(x.Bytes, y.Bytes) })
	return all
}

// claims is how many bytes of claims a scheme's flags ask for; 0 where they do not say.
func claims(s plan.Scheme) (bytes int) {
	for _, flag := range s.Flags {
		if value, ok := strings.CutPrefix(flag, "--claims-bytes="); ok {
			bytes, _ = strconv.Atoi(value) // the values are those of a table of package plan
		}
	}
	return bytes
}

// beyond is the largest size that the model may predict for a scheme: it must have predicted a size that it had not
// seen.
func beyond(j model.Judgement, scheme string, measured int) int {
	for _, t := range j.Trials {
		if t.Scheme == scheme && len(t.Far) > 0 {
			measured = max(measured, t.Far[len(t.Far)-1].Replicas)
		}
	}
	return measured
}
