package plan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const seeking = "name: mine\nschemes: [session-memory, token-hs256]\n" +
	"capacity: {replicas: [1, 4], budget: auto, slice: 2s, trials: 24, p99: 100ms, errors: 0.001}\n"

func TestCapacityMistakesAreNamed(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"[1, 4]", "[4, 1]", "capacity.replicas must rise"},
		{"[1, 4]", "[]", "capacity.replicas must rise"},
		{"auto", "0.009", "capacity.budget must be at least 0.01"},
		{"trials: 24", "trials: 0", "capacity.trials must be between"},
		{"100ms", "1s", "a quarter of capacity.slice"},
		{"100ms", "1us", "capacity.p99 must be between 1ms"},
		{"0.001", "1", "capacity.errors must be a share"},
		{"slice: 2s", "slice: 2m", "capacity.slice must be between"},
	} {
		_, err := Parse("p.yaml", []byte(strings.Replace(seeking, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s instead of %s: %v, want %q", test.new, test.old, err, test.want)
		}
	}
}

func TestSchemeThatLosesLoginsHasCapacityOnOneReplicaOnly(t *testing.T) {
	p, err := Parse("p.yaml", []byte(seeking))
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string][]int{}
	for _, s := range p.Sites() {
		sizes[s.Scheme.Name] = append(sizes[s.Scheme.Name], s.Replicas)
	}
	if !slices.Equal(sizes["session-memory"], []int{1}) || !slices.Equal(sizes["token-hs256"], []int{1, 4}) ||
		!slices.Equal(sizes[Twin], []int{1, 4}) {
		t.Errorf("the cells are %v", sizes)
	}
	if least := 7 * 24 * 2 * time.Second; p.Duration(DefaultCosts) < least {
		t.Errorf("24 trials of 7 cells are predicted to take %v, less than their slices", p.Duration(DefaultCosts))
	}
}
