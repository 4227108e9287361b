package cluster

import (
	"context"
	"strings"
	"testing"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
)

// bare is a platform that can do only what every platform must.
type bare struct{ platform.Platform }

type (
	barePlace    struct{ platform.Place }
	bareInstance struct{ platform.Instance }
)

func (b bare) Open(ctx context.Context, l platform.Lab) (platform.Place, error) {
	p, err := b.Platform.Open(ctx, l)
	return barePlace{p}, err
}

func (p barePlace) Start(l platform.Launch) (platform.Instance, error) {
	i, err := p.Place.Start(l)
	return bareInstance{i}, err
}

// TestAPlatformWithoutAbilities: such a platform still serves, and refuses what it cannot do.
func TestAPlatformWithoutAbilities(t *testing.T) {
	l := openLab(t, Config{Platform: bare{process.Platform{}}, Embedded: true, Postgres: true})
	scheme := fakeScheme()
	scheme.Store = true
	c := start(t, l, Spec{
		Name: "lone", Scheme: scheme, Replicas: 2, Fronts: Over(1, 2), Budgets: map[Tier]float64{Replica: 0.5},
	})
	p := c.Replica(0)
	if r, err := p.Read(); err != nil || r.CPU <= 0 {
		t.Errorf("it tells %+v, %v", r, err)
	}
	if err := c.SetBudget(Replica, 0.1); err == nil || !strings.Contains(err.Error(), "without a CPU budget") {
		t.Errorf("it has a budget: %v", err)
	}
	if held, err := p.Confined(); err != nil || !held {
		t.Errorf("without a budget nothing can leave one: %v", err)
	}
	if err := p.CutOff(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot be cut off") {
		t.Errorf("it is cut off: %v", err)
	}
	if l.Children() || l.PlatformNote() != "" {
		t.Errorf("it has children, or notes %q", l.PlatformNote())
	}
	scheme.Postgres = true
	if lack, provide := l.Lacks(t.Context(), scheme); !strings.Contains(lack, "no private PostgreSQL") || provide == "" {
		t.Errorf("PostgreSQL lacks %q; %q", lack, provide)
	}
	if _, err := l.Start(t.Context(), Spec{Name: "sql", Scheme: scheme, Replicas: 1}); err == nil {
		t.Error("PostgreSQL runs where it cannot")
	}
}
