package cluster

import (
	"cmp"
	"fmt"
)

// Front is a frontend of the balancer: Size replicas, beginning with index First.
type Front struct{ First, Size int }

func (f Front) String() string { return fmt.Sprintf("%d-%d", f.First, f.Size) }

// Over returns a frontend for each size, over the first replicas.
func Over(sizes ...int) []Front {
	var fronts []Front
	for _, n := range sizes {
		fronts = append(fronts, Front{Size: n})
	}
	return fronts
}

// Groups returns frontends for each size: one for each complete group of adjacent replicas. So the small cluster is
// never one replica only: two launches of one program differ by more than the effect to be measured.
func Groups(replicas int, sizes ...int) []Front {
	var fronts []Front
	for _, n := range sizes {
		for first := 0; first+n <= replicas; first += n {
			fronts = append(fronts, Front{first, n})
		}
	}
	return fronts
}

// Compare orders frontends by size, and those of one size by their first replica.
func (f Front) Compare(g Front) int {
	return cmp.Or(cmp.Compare(f.Size, g.Size), cmp.Compare(f.First, g.First))
}

// covers reports whether f also contains every replica of g.
func (f Front) covers(g Front) bool {
	return f.First <= g.First && g.First+g.Size <= f.First+f.Size
}
