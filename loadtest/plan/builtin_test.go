package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
)

func TestBuiltinPlansKeepTheirLimits(t *testing.T) {
	limits := map[string]time.Duration{
		"quick": 90 * time.Second, "bench": 12 * time.Minute, "rows": 15 * time.Minute,
		"store": 12 * time.Minute, "skew": 12 * time.Minute, "million": 25 * time.Minute, "target": 5 * time.Minute,
		"reference": 0, "exploits": 3 * time.Minute,
	}
	questions := []string{
		"algorithms",
		"revocation",
		"options",
		"cache",
		"claims",
		"login",
		"memory",
		"incidents",
		"peers",
	}
	for _, name := range questions {
		limits[name] = 10 * time.Minute
	}
	for _, name := range plan.Names() {
		p, err := plan.Load(name, all.Parts()...)
		if err != nil {
			t.Fatalf("Load(%q): %v", name, err)
		}
		if p.Name != name {
			t.Errorf("the plan %s has the name %s", name, p.Name)
		}
		if p.Limit != limits[name] {
			t.Errorf("%s has a limit of %v, want %v", name, p.Limit, limits[name])
		}
		if d := p.Duration(plan.DefaultCosts); p.Limit > 0 && d > p.Limit {
			t.Errorf("%s is predicted to take %v, more than its limit of %v", name, d, p.Limit)
		}
		again, err := plan.Parse("again.yaml", p.Text(), all.Parts()...)
		if err != nil {
			t.Fatalf("the text of the plan %s that is kept with results does not load: %v\n%s", name, err, p.Text())
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("%s changes when it is written and read again (-want +got):\n%s", name, diff)
		}
	}
}

func TestOnlyTheReferenceAsksForCapacity(t *testing.T) {
	for _, name := range plan.Names() {
		p, err := plan.Load(name, all.Parts()...)
		if err != nil {
			t.Fatal(err)
		}
		if asks := p.Capacity != nil; asks != (name == "reference") {
			t.Errorf("%s asks for capacity: %v", name, asks)
		}
	}
}
