package cluster

import (
	"cmp"
	"fmt"
)

// Front is a frontend of the balancer: Size replicas, from the one with index First on.
type Front struct{ First, Size int }

func (f Front) String() string { return fmt.Sprintf("%d-%d", f.First, f.Size) }

// Over is a frontend for each size, over the first so many replicas.
func Over(sizes ...int) []Front {
	var fronts []Front
	for _, n := range sizes {
		fronts = append(fronts, Front{Size: n})
	}
	return fronts
}

// Groups is, for each size, a frontend for each whole group of so many replicas side by side: no replica is the small cluster
// alone, because two launches of one program differ by more than what is to be measured.
func Groups(replicas int, sizes ...int) []Front {
	var fronts []Front
	for _, n := range sizes {
		for first := 0; first+n <= replicas; first += n {
			fronts = append(fronts, Front{first, n})
		}
	}
	return fronts
}

// Compare orders frontends by their size, those of one size by their first replica.
func (f Front) Compare(g Front) int {
	return cmp.Or(cmp.Compare(f.Size, g.Size), cmp.Compare(f.First, g.First))
}

// covers reports whether every replica of g stands behind f too.
func (f Front) covers(g Front) bool {
	return f.First <= g.First && g.First+g.Size <= f.First+f.Size
}
