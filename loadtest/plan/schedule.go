package plan

import (
	"math/rand/v2"
	"slices"
)

// AllSchemes returns the schemes that the plan visits, the control and its twin first. A target is visited alone.
func (p *Plan) AllSchemes() []Scheme {
	schemes := []Scheme{mustScheme(Control), mustScheme(Twin)}
	if p.Target != nil {
		schemes = nil
	}
	for _, name := range p.Schemes {
		if p.Target != nil || name != Control && name != Twin {
			schemes = append(schemes, mustScheme(name))
		}
	}
	return schemes
}

// CostSchemes returns the schemes whose cost the plan asks for: AllSchemes, and those that have only a demand cell.
func (p *Plan) CostSchemes() []Scheme {
	schemes := p.AllSchemes()
	if p.Demand != nil {
		for _, name := range p.Demand.Also {
			schemes = append(schemes, mustScheme(name))
		}
	}
	return schemes
}

// NamedSchemes returns every scheme that the plan visits in any stage.
func (p *Plan) NamedSchemes() []Scheme {
	schemes := p.CostSchemes()
	if p.Latency == nil {
		return schemes
	}
	for _, name := range p.Latency.Also {
		if !slices.ContainsFunc(schemes, func(s Scheme) bool { return s.Name == name }) {
			schemes = append(schemes, mustScheme(name))
		}
	}
	return schemes
}

// DemandSchemes returns the schemes that have their own demand cell. It leaves out a scheme that on one replica is the
// same program with the same flags as another scheme of the plan.
func (p *Plan) DemandSchemes() []Scheme {
	return distinct(p.CostSchemes())
}

// distinct leaves out each scheme that on one replica is the same program with the same flags as another one in
// schemes.
func distinct(schemes []Scheme) []Scheme {
	visited := map[string]bool{}
	for _, s := range schemes {
		visited[s.Name] = true
	}
	var own []Scheme
	for _, s := range schemes {
		if s.DemandAs == "" || !visited[s.DemandAs] {
			own = append(own, s)
		}
	}
	return own
}

// LoginSchemes returns the schemes that have logins: all except the control. It leaves out a scheme that on one replica
// is the same program with the same flags as another scheme of the plan.
func (p *Plan) LoginSchemes() []Scheme {
	var schemes []Scheme
	for _, s := range distinct(p.AllSchemes()) {
		if s.Guarantee != NoGuarantee {
			schemes = append(schemes, s)
		}
	}
	return schemes
}

// LatencySchemes returns the schemes with a meaningful latency, and those that have only a latency cell. A scheme that
// loses logins answers 401 fast. Without budgets, the size of a store's machine makes no difference.
func (p *Plan) LatencySchemes() []Scheme {
	var schemes []Scheme
	for _, s := range p.AllSchemes() {
		if (!s.LosesLogins || p.Latency.Replicas == 1) && s.StoreCores == 0 {
			schemes = append(schemes, s)
		}
	}
	for _, name := range p.Latency.Also {
		schemes = append(schemes, mustScheme(name))
	}
	return schemes
}

// Shuffle returns the order in which round visits n cells. It is the same for the same plan, stage and round, so that a
// run can be repeated. It differs from round to round, so that no cell always follows the same neighbour.
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
