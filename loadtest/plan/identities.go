package plan

import (
	"math"
	"math/rand/v2"
	"sort"
)

// Identities say which users come. Unless Drawn, they come in turn, all equally often. Drawn users come at random, and
// some more often than others: with Hot, one user sends that share of the requests, and the others send the rest; else
// the user of rank k comes in proportion to k to the power of −Zipf, so that with 0 all come equally often.
type Identities struct {
	Drawn bool
	Zipf  float64
	Hot   float64
}

// draws is how many users are drawn before the same sequence begins again.
const draws = 1 << 16

// Shares returns the share of the requests of each user, by rank: the one who comes most often is first.
func (i Identities) Shares(users int) []float64 {
	shares := make([]float64, users)
	sum := 0.0
	for rank := range shares {
		switch {
		case i.Hot == 0:
			shares[rank] = math.Pow(float64(rank+1), -i.Zipf)
		case rank == 0:
			shares[rank] = i.Hot
		default:
			shares[rank] = (1 - i.Hot) / float64(users-1)
		}
		sum += shares[rank]
	}
	for rank := range shares {
		shares[rank] /= sum
	}
	return shares
}

// Hottest returns the share of the user who comes most often.
func (i Identities) Hottest(users int) float64 {
	if i.Hot > 0 {
		return i.Hot
	}
	sum := 0.0
	for rank := range users {
		sum += math.Pow(float64(rank+1), -i.Zipf)
	}
	return 1 / sum
}

// Order returns the order in which that many users come, over and over. Hottest is the user who comes most often; -1
// where they come in turn. The same seed gives the same order, and the ranks to the same users.
func (i Identities) Order(users int, seed uint64) (order []int32, hottest int) {
	r := rand.New(rand.NewPCG(seed, 0))
	ranked := r.Perm(users)
	if !i.Drawn {
		return whole(ranked), -1
	}
	below := i.Shares(users) // cumulative, from here on
	for rank := 1; rank < users; rank++ {
		below[rank] += below[rank-1]
	}
	all := make([]int, draws)
	for n := range all {
		all[n] = ranked[min(users-1, sort.SearchFloat64s(below, r.Float64()))]
	}
	return whole(all), ranked[0]
}

// whole halves the memory that an order takes: every target has one.
func whole(all []int) []int32 {
	order := make([]int32, len(all))
	for n, user := range all {
		order[n] = int32(user)
	}
	return order
}

// Hits returns the share of requests that find their user in a cache with room for that many. A full cache drops a
// random entry. In the steady state a user of share p is in it with the probability p T / (1 + p T), with the T for
// which these add up to the room (Gelenbe, "A Unified Approach to the Evaluation of a Class of Replacement Algorithms",
// IEEE Transactions on Computers C-22(6), 1973).
func (i Identities) Hits(users, room int) float64 {
	if room >= users {
		return 1
	}
	shares := i.Shares(users)
	if room == 1 { // too small for a steady state of its own: it holds the user who came last
		hits := 0.0
		for _, p := range shares {
			hits += p * p
		}
		return hits
	}
	filled := func(t float64) (entries, hits float64) {
		for _, p := range shares {
			in := p * t / (1 + p*t)
			entries, hits = entries+in, hits+p*in
		}
		return entries, hits
	}
	low, high := 0.0, 1.0
	for entries, _ := filled(high); entries < float64(room); entries, _ = filled(high) {
		high *= 2
	}
	for range 60 {
		middle := (low + high) / 2
		if entries, _ := filled(middle); entries < float64(room) {
			low = middle
		} else {
			high = middle
		}
	}
	_, hits := filled(high)
	return hits
}
