package cluster

import (
	"slices"
	"testing"
)

func TestGroups(t *testing.T) {
	for name, test := range map[string]struct {
		replicas int
		sizes    []int
		want     []Front
	}{
		"powers":         {4, []int{1, 2, 4}, []Front{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {0, 2}, {2, 2}, {0, 4}}},
		"what is over":   {5, []int{2, 5}, []Front{{0, 2}, {2, 2}, {0, 5}}},
		"one size":       {3, []int{3}, []Front{{0, 3}}},
		"more than half": {8, []int{6}, []Front{{0, 6}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Groups(test.replicas, test.sizes...); !slices.Equal(got, test.want) {
				t.Errorf("Groups(%d, %v) = %v, want %v", test.replicas, test.sizes, got, test.want)
			}
		})
	}
}
