package token

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/api"
	"authlab/servers/user"
)

// remembering is a verifier with a cache, and its clock.
func remembering(n int, keys ...key) (*verifier, *time.Time) {
	now := noon
	v := newVerifier(algorithms["HS256"], keys, "authlab", "authlab-api", leeway, func() time.Time { return now })
	v.cache = newCache(n)
	return v, &now
}

func (c *cache) held() int {
	n := 0
	for i := range c.sets {
		for j := range c.sets[i] {
			if c.sets[i][j].Load() != nil {
				n++
			}
		}
	}
	return n
}

// count is a counter's value.
func count(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

func TestCacheAnswersAsTheVerifier(t *testing.T) {
	v, _ := remembering(100, first)
	for name, claim := range map[string]map[string]string{
		"good": {}, "admin": {"role": `"admin"`}, "with nbf": {"nbf": "1800000000"}, "escaped": {"name": `"\u003ca\u003e"`},
	} {
		raw := forge(first, header(first), payload(claim))
		want, err := v.inspect(raw)
		if err != nil {
			t.Fatal(name, err)
		}
		for range 3 {
			got, err := v.verify(raw)
			if err != nil || got.principal() != want.principal() || got.ID != want.ID || got.Expires != want.Expires {
				t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
			}
		}
	}
	if hits, misses := count(t, v.cache.hits), count(t, v.cache.misses); hits != 8 || misses != 4 {
		t.Errorf("%v hits and %v misses, want 8 and 4", hits, misses)
	}
}

func TestCacheForgetsTheExpired(t *testing.T) {
	v, now := remembering(100, first)
	raw := forge(first, header(first), payload(nil)) // exp is a second after noon
	for _, c := range []struct {
		at   time.Duration
		good bool
	}{
		{0, true},
		{time.Second + leeway - 1, true},
		{time.Second + leeway, false},
		{time.Hour, false},
	} {
		*now = noon.Add(c.at)
		if _, err := v.verify(raw); (err == nil) != c.good || err != nil && !errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%v after noon: %v", c.at, err)
		}
	}
	if n := v.cache.held(); n != 0 {
		t.Errorf("%d tokens are held, but none is valid", n)
	}
}

// TestTimely compares with golang-jwt's validator around every edge.
func TestTimely(t *testing.T) {
	v := at(noon, first)
	for _, dates := range []struct{ exp, nbf int64 }{
		{0, 0},
		{0, -10},
		{60, 0},
		{60, 1},
		{-60, -90},
		{60, 90},
		{-30, 0},
		{31, 30},
	} {
		c, err := v.authentic(forge(first, header(first), payload(map[string]string{
			"exp": fmt.Sprint(noon.Unix() + dates.exp), "nbf": fmt.Sprint(noon.Unix() + dates.nbf),
		})))
		if err != nil {
			t.Fatal(err)
		}
		for s := -150; s <= 150; s++ {
			for _, off := range []time.Duration{-1, 0, 1} {
				now := noon.Add(time.Duration(s)*time.Second + off)
				if want := at(now, first).validator.Validate(c) == nil; c.timely(now, leeway) != want {
					t.Fatalf("exp %d, nbf %d, at %d s and %d ns: golang-jwt says %v", dates.exp, dates.nbf, s, off, want)
				}
			}
		}
	}
}

// TestFloodGrowsNothing sends unsigned tokens, and then more valid ones than there is room for.
func TestFloodGrowsNothing(t *testing.T) {
	const room = 64
	v, _ := remembering(room, first)
	good := forge(first, header(first), payload(nil))
	if _, err := v.verify(good); err != nil {
		t.Fatal(err)
	}
	garbage, drawn := make([]byte, 30), rand.NewChaCha8([32]byte{1})
	for i := range 20_000 {
		drawn.Read(garbage)
		for _, raw := range []string{
			string(garbage), good[:len(good)-5] + fmt.Sprintf("%05d", i), forge(alien, header(first), payload(nil)),
		} {
			if _, err := v.verify(raw); err == nil && raw != good {
				t.Fatalf("%q was verified", raw)
			}
		}
	}
	if n := v.cache.held(); n != 1 {
		t.Errorf("%d tokens are held after a flood of invalid ones, want 1", n)
	}
	for i := range 50 * room {
		raw := forge(first, header(first), payload(map[string]string{"jti": fmt.Sprintf(`"%d"`, i)}))
		if c, err := v.verify(raw); err != nil || c.ID != fmt.Sprint(i) {
			t.Fatal(c, err)
		}
	}
	if n := v.cache.held(); n > room || n < room/2 {
		t.Errorf("%d tokens are held in room for %d", n, room)
	}
}

// TestCacheDiesWithItsKeys: the same cache never serves other keys, since each verifier has its own.
func TestCacheDiesWithItsKeys(t *testing.T) {
	v, _ := remembering(100, first, second)
	raw := forge(first, header(first), payload(nil))
	if _, err := v.verify(raw); err != nil {
		t.Fatal(err)
	}
	rotated, _ := remembering(100, second)
	if _, err := rotated.verify(raw); err == nil {
		t.Error("a token under a removed key is accepted")
	}
}

func TestCacheHoldsNoToken(t *testing.T) {
	v, _ := remembering(100, first)
	raw := forge(first, header(first), payload(map[string]string{"more": `,"padding":"` + strings.Repeat("x", 3000) +
		`"`}))
	if _, err := v.verify(raw); err != nil {
		t.Fatal(err)
	}
	for i := range v.cache.sets {
		for j := range v.cache.sets[i] {
			if held := v.cache.sets[i][j].Load(); held != nil && strings.Contains(fmt.Sprintf("%+v", *held), raw[:40]) {
				t.Error("the cache holds the token")
			}
		}
	}
}

func TestCacheAtOnce(t *testing.T) {
	v, _ := remembering(8, first)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 2000 {
				id := fmt.Sprint((worker + i) % 20)
				raw := forge(first, header(first), payload(map[string]string{"sub": `"` + id + `"`}))
				if c, err := v.verify(raw); err != nil || c.Subject != id {
					t.Errorf("%s: %+v, %v", id, c, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
		k := algorithms[alg].random()
		v := newVerifier(algorithms[alg], []key{k}, "authlab", "authlab-api", leeway, time.Now)
		u := user.User{ID: "0123456789abcdef0123", Name: "load-000000", Role: user.RoleUser}
		raw, err := v.sign(v.about(u, device.id, time.Now(), time.Now().Add(time.Hour)))
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, verify func() error) {
			b.Run(alg+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := verify(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("golang-jwt", straightforward(alg, k, raw))
		run("strict", func() error { _, err := v.verify(raw); return err })
		v.cache = newCache(1000)
		run("cached", func() error { _, err := v.verify(raw); return err })
	}
}
