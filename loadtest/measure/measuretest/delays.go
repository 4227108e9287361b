package measuretest

import (
	"time"

	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// delays ends logins. Where the end has to be pushed to the other replicas, they hear of it after a millisecond or two.
func (b *bench) delays() {
	d, ok := plan.PartOf[*delays.Part](b.run.Plan)
	if !ok {
		return
	}
	for _, s := range b.run.Plan.AllSchemes() {
		if s.Guarantee == plan.NoGuarantee {
			continue
		}
		for trial := range d.Of(s) {
			for replica := range d.Replicas {
				if s.PerReplica && replica != trial%d.Replicas {
					continue
				}
				x := record.Refusal{
					Trial: trial, Replica: replica, Own: replica == trial%d.Replicas,
					Refused: time.Duration(100+b.rand.IntN(100)) * time.Microsecond,
				}
				if s.Guarantee == plan.WithinPush && !x.Own {
					x.Accepted = time.Duration(500+b.rand.IntN(1500)) * time.Microsecond
					x.Refused += x.Accepted
				}
				b.run.Add(d.Key(), delays.Line{Scheme: s.Name, Refusal: x})
			}
		}
	}
}
