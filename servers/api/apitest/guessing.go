package apitest

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"authlab/servers/api"
)

// clearly is how many standard deviations count as a difference. Two servers without one exceed it less than once in
// 10⁵ times.
const clearly = 4.5

// refusalsTakeAsLong guesses at existing and unknown names in turn, and tests whether the times tell them apart.
func refusalsTakeAsLong(w *world) error {
	w.config = func(c *api.Config) { c.TrustProxies = []string{"127.0.0.0/8"} } // else the throttle would answer soon
	w.accounts = w.keep(w.scheme.refusalMemory())
	w.urls = []string{w.serve(0)}
	w = w.unwatched(1)
	exist := []string{"alice", "bob", "admin", "load-000005"} // each kind of account
	pairs := max(25, w.scheme.repeats("R19", 500))            // fewer could show nothing
	var known, unknown []time.Duration
	order := rand.New(rand.NewPCG(1, 0))
	for i := range pairs {
		w.advance(10 * time.Minute) // else strangers would have to wait for the few names that exist
		guesses := []struct {
			name  string
			times *[]time.Duration
		}{{exist[i%len(exist)], &known}, {fmt.Sprintf("none-%06d", i), &unknown}}
		// An event at every second request, such as a garbage collection, must not always hit the same kind.
		first := order.IntN(2)
		for n := range guesses {
			g := guesses[(first+n)%2]
			took, err := w.refusal(g.name, fmt.Sprintf("10.%d.%d.%d", i>>8, i&255, n))
			if err != nil {
				return err
			}
			*g.times = append(*g.times, took)
		}
	}
	if z, longer := mannWhitney(known, unknown); math.Abs(z) > clearly {
		return fmt.Errorf("the time of a refusal tells whether a name exists: of %d pairs, any with any, the name that does"+
			" took longer in %.0f %% (z = %.1f)", pairs, 100*longer, z)
	}
	return nil
}

// refusal returns how long a wrong password takes to be refused.
func (w *world) refusal(name, from string) (time.Duration, error) {
	body := strings.NewReader(fmt.Sprintf(`{"username":%q,"password":"wrong"}`, name))
	r, err := http.NewRequestWithContext(w.t.Context(), "POST", w.urls[0]+"/v1/login", body)
	if err != nil {
		return 0, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {from}}
	began := time.Now()
	got, err := w.client.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	if _, err := io.Copy(io.Discard, got.Body); err != nil {
		return 0, err
	}
	took := time.Since(began)
	if got.StatusCode != http.StatusUnauthorized {
		return 0, fmt.Errorf("a wrong password of %s: status %d, want 401", name, got.StatusCode)
	}
	return took, nil
}

// mannWhitney compares two samples by their ranks alone, so that a few answers delayed by a busy machine decide
// nothing. longer is the share of pairs, any x with any y, in which x is longer; z is how many standard deviations that
// share is from a half.
func mannWhitney(x, y []time.Duration) (z, longer float64) {
	n, m := float64(len(x)), float64(len(y))
	sorted := slices.Clone(y)
	slices.Sort(sorted)
	u := 0.0
	for _, v := range x {
		below, _ := slices.BinarySearch(sorted, v)
		above, _ := slices.BinarySearch(sorted, v+1)
		u += float64(below+above) / 2 // one for each shorter, a half for each equal
	}
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12), u / (n * m)
}
