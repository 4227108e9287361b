// Package measure says what each slice of a run measured, or why it does not count. Package record reads the run.
package measure

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Run is a run in which each slice has been judged.
type Run struct {
	record.Run
	Measurements []Measurement // by slice
	Predictions  []byte        // the predictions, if they were frozen before the held-out size was measured
}

// Read reads and judges a run's folder. Its errors are record.Read's.
func Read(dir string) (*Run, error) {
	read, err := record.Read(dir, all.Parts()...)
	if err != nil {
		return nil, err
	}
	return Judge(*read), nil
}

// Judge decides for each slice of a run whether it counts, from its own figures, from the other slices, and from the
// plan.
func Judge(read record.Run) *Run {
	r := &Run{Run: read}
	for _, s := range read.Slices {
		r.Measurements = append(r.Measurements, Measure(s))
	}
	r.once()
	r.inOrder()
	r.asPlanned()
	r.complete()
	r.whole()
	r.origins()
	r.starts()
	r.probed()
	r.predictions()
	return r
}

// origins compares the scheme that each slice is labelled with to that whose cluster answered it. The two come from
// files that were written at different times, and must agree.
func (r *Run) origins() {
	schemes := map[string]string{}
	for _, e := range r.Events {
		if e.Kind == record.Started {
			schemes[e.Nonce] = e.About
		}
	}
	if len(schemes) == 0 {
		return // an empty file, or one of slices without clusters
	}
	for i := range r.Measurements {
		m := &r.Measurements[i]
		switch scheme := schemes[r.Slices[i].Nonce]; scheme {
		case m.Scheme:
		case "":
			m.add(TreatmentMissing, "slice.no-cluster", "scheme", m.Scheme)
		default:
			m.add(TreatmentMissing, "slice.other-cluster", "scheme", m.Scheme, "other", scheme)
		}
	}
}

// predictions reads the prediction for the held-out size, if it was made before that size was measured and has not
// changed since.
func (r *Run) predictions() {
	if r.Frozen == nil {
		return // none were made
	}
	i := slices.IndexFunc(r.Events, func(e record.Event) bool { return e.Kind == record.Predicted })
	switch {
	case i < 0 || r.Events[i].SHA256 != fmt.Sprintf("%x", sha256.Sum256(r.Frozen)):
		r.Damage = append(r.Damage, message.New("damage.predictions"))
		return
	case r.Plan.Scaling == nil:
		return
	}
	for _, m := range r.Measurements {
		if m.Kind == plan.ScalingCell && r.Plan.Scaling.Held(m.Replicas) && m.Start.Before(r.Events[i].At) {
			r.Damage = append(r.Damage, message.New("damage.held-out"))
			return
		}
	}
	r.Predictions = r.Frozen
}

// probed looks for clusters that accepted a login after its end. All their earlier answers are then in doubt.
func (r *Run) probed() {
	bad := map[string]message.Message{}
	for _, p := range r.Probes {
		if said := Unauthentic(p); !said.IsZero() {
			bad[p.Nonce] = said
		}
	}
	for i, s := range r.Slices {
		if said := bad[s.Nonce]; !said.IsZero() && s.Nonce != "" {
			r.Measurements[i].Doubts = append(r.Measurements[i].Doubts, Doubt{TreatmentMissing, said})
		}
	}
}

// Unauthentic says what a probe found against the servers. It says nothing if they refused what they had to refuse.
func Unauthentic(p record.Probe) (said message.Message) {
	if p.Failed != "" {
		said = message.New("probe.failed", "why", p.Failed)
	}
	for _, t := range p.Trials {
		switch {
		case t.Forged && t.After == http.StatusOK:
			said = message.New("probe.forged", "replica", t.Replica)
		case t.Before != http.StatusOK:
			said = message.New("probe.fresh", "replica", t.Replica, "status", t.Before)
		case t.After == http.StatusOK:
			said = message.New("probe.taken", "replica", t.Replica)
		case t.After != http.StatusUnauthorized:
			said = message.New("probe.strange", "replica", t.Replica, "status", t.After)
		}
	}
	return said
}
