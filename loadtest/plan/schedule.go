package plan

import "math/rand/v2"

// AllSchemes returns the rows that the plan visits, the control and its twin first. A target is visited alone.
func (p *Plan) AllSchemes() []Scheme {
	arms := []Scheme{mustScheme(Control), mustScheme(Twin)}
	if p.Target != nil {
		arms = nil
	}
	for _, name := range p.Schemes {
		if p.Target != nil || name != Control && name != Twin {
			arms = append(arms, mustScheme(name))
		}
	}
	return arms
}

// CostSchemes returns the rows whose cost is asked for: AllSchemes, and those that have a demand cell and no other.
func (p *Plan) CostSchemes() []Scheme {
	arms := p.AllSchemes()
	if p.Demand != nil {
		for _, name := range p.Demand.Also {
			arms = append(arms, mustScheme(name))
		}
	}
	return arms
}

// DemandSchemes returns the rows that have a demand cell of their own: all but those which on one replica are the same
// program with the same flags as another row of the plan.
func (p *Plan) DemandSchemes() []Scheme {
	return distinct(p.CostSchemes())
}

// distinct leaves out the rows which on one replica are another one's program with the same flags, if that one is there.
func distinct(arms []Scheme) []Scheme {
	visited := map[string]bool{}
	for _, a := range arms {
		visited[a.Name] = true
	}
	var own []Scheme
	for _, a := range arms {
		if a.DemandAs == "" || !visited[a.DemandAs] {
			own = append(own, a)
		}
	}
	return own
}

// LoginSchemes returns the rows that have logins: all but the control, and but those which on one replica are another one's
// program with the same flags.
func (p *Plan) LoginSchemes() []Scheme {
	var arms []Scheme
	for _, s := range distinct(p.AllSchemes()) {
		if s.Guarantee != NoGuarantee {
			arms = append(arms, s)
		}
	}
	return arms
}

// LatencySchemes returns the rows whose latency means something: a row that loses logins answers 401 fast.
func (p *Plan) LatencySchemes() []Scheme {
	var arms []Scheme
	for _, a := range p.AllSchemes() {
		if !a.LosesLogins || p.Latency.Replicas == 1 {
			arms = append(arms, a)
		}
	}
	return arms
}

// Shuffle returns the order in which round visits n arms: the same for the same plan, stage and round, so that a run can
// be repeated, and different from round to round, so that no arm always follows the same neighbour.
func (p *Plan) Shuffle(stage Kind, round, n int) []int {
	var salt uint64
	for _, b := range []byte(stage) {
		salt = salt*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(p.Seed, salt<<32|uint64(round))).Perm(n)
}

func mustScheme(name string) Scheme {
	s, err := SchemeNamed(name)
	if err != nil {
		panic(err) // names were checked when the plan was loaded
	}
	return s
}
