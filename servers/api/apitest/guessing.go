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

// clearly is how many standard deviations make a difference. Two servers that are alike differ by as much less than
// once in 10⁵ times.
const clearly = 4.5

// refusalsTakeAsLong guesses at names that exist and at names that do not, in turn, and asks whether the times tell
// which is which.
func refusalsTakeAsLong(w *world) error {
	w.config = func(c *api.Config) { c.TrustProxies = []string{"127.0.0.0/8"} } // or the throttle would answer soon
	w.accounts = w.keep(w.scheme.refusalMemory())
	w.urls = []string{w.serve(0)}
	w = w.unwatched(1)
	exist := []string{"alice", "bob", "admin", "load-000005"} // each kind of account
	pairs := max(25, w.scheme.repeats("R19", 500))            // of fewer nothing could be said
	var known, unknown []time.Duration
	order := rand.New(rand.NewPCG(1, 0))
	for i := range pairs {
		w.advance(10 * time.Minute) // or strangers would have to wait for the few names that exist
		guesses := []struct {
			name  string
			times *[]time.Duration
		}{{exist[i%len(exist)], &known}, {fmt.Sprintf("none-%06d", i), &unknown}}
		// Whatever comes with every second request, a collection of garbage for one, must not always meet the same kind.
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

// refusal is how long a wrong password takes to be refused.
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

// mannWhitney compares two samples by their ranks alone, so that a few answers that a busy machine kept waiting decide
// nothing. longer is the share of pairs, any x with any y, in which x is the longer one, and z how many standard
// deviations that is away from a half.
func mannWhitney(x, y []time.Duration) (z, longer float64) {
	n, m := float64(len(x)), float64(len(y))
	sorted := slices.Clone(y)
	slices.Sort(sorted)
	u := 0.0
	for _, v := range x {
		below, _ := slices.BinarySearch(sorted, v)
		above, _ := slices.BinarySearch(sorted, v+1)
		u += float64(below+above) / 2 // one for each that is shorter, a half for each that is equal
	}
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12), u / (n * m)
}
