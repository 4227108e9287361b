package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCircumstances(t *testing.T) {
	for _, test := range []struct {
		name, of string
		delay    time.Duration
		cores    Budget
		as       string
	}{
		{"session-redis+5ms", "session-redis", 5 * time.Millisecond, 0, ""},
		{"session-near+500us", "session-near", 500 * time.Microsecond, 0, ""},
		{"session-near-hits-25+1s", "session-near-hits-25", time.Second, 0, ""},
		{"token-denylist+store-0.02", "token-denylist", 0, 0.02, "token-denylist"},
	} {
		s, err := SchemeNamed(test.name)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if s.Name != test.name || s.Of != test.of || s.StoreDelay != test.delay || s.StoreCores != test.cores ||
			s.DemandAs != test.as {
			t.Errorf("%s is %+v", test.name, s)
		}
		base, _ := SchemeNamed(test.of)
		if len(s.Caveats) != len(base.Caveats)+1 || s.StoreOps != base.StoreOps || s.Shown != base.Shown {
			t.Errorf("%s differs from %s by more than its circumstance: %+v", test.name, test.of, s)
		}
	}
}

func TestWrongCircumstancesAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"session-redis+5":           `there is no circumstance +5, only a delay`,
		"session-redis+":            "there is no circumstance +,",
		"session-redis+5sm":         "there is no circumstance +5sm,",
		"session-redis+-5ms":        "a round trip of up to 1s",
		"session-redis+0s":          "a round trip of up to 1s",
		"session-redis+2s":          "a round trip of up to 1s",
		"session-redis+1000us":      "such as +5ms or +500us", // it is 1ms
		"session-redis+5ms+1ms":     "there is no circumstance +5ms+1ms",
		"token-hs256+5ms":           "token-hs256 asks no store",
		"session-memory+store-0.02": "session-memory asks no store",
		"session-redis+store-0":     "between 0.01 and 1 core",
		"session-redis+store--1":    "between 0.01 and 1 core",
		"session-redis+store-0.020": "such as +store-0.02", // it is 0.02
		"session-redis+store-NaN":   "between 0.01 and 1 core",
		"session-redis+store-":      "between 0.01 and 1 core",
		"session-redis+zipf--1":     "between 0 and 5",
		"session-redis+zipf-9":      "between 0 and 5",
		"session-redis+zipf-1.10":   "such as +zipf-1.1",
		"session-redis+zip-1.1":     "there is no circumstance +zip-1.1",
		"session-redis+hot-1.5":     "between 0.01 and 0.99",
		"session-redis+hot-0":       "between 0.01 and 0.99",
		"session-redis+hot":         "there is no circumstance +hot,",
		"control+5ms":               "every scheme is compared with control",
		"session-rdeis+5ms":         `there is no scheme "session-rdeis"`,
	} {
		_, err := SchemeNamed(name)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want an error with %q", name, err, want)
		}
	}
}

const moved = "name: mine\nschemes: [session-redis, session-redis+store-0.02, token-hs256]\n" +
	"demand: {slice: 50ms, rounds: 6, connections: 8, launches: 6}\n" +
	"scaling: {replicas: [1, 2], budget: 0.06, slice: 200ms, rounds: 6, connections: 8}\n" +
	"latency: {replicas: 2, rates: [100], slice: 1s, samples: 100, also: [session-redis+5ms, session-near]}\n"

// TestStagesOfCircumstances: a size of the store's machine matters under budgets alone, and a stage's own schemes are
// in no other stage.
func TestStagesOfCircumstances(t *testing.T) {
	p, err := Parse("p.yaml", []byte(moved))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what    string
		schemes []Scheme
		want    string
	}{
		{"scaling", p.AllSchemes(), "control control-again session-redis session-redis+store-0.02 token-hs256"},
		{"demand", p.DemandSchemes(), "control control-again session-redis token-hs256"},
		{"latency", p.LatencySchemes(), "control control-again session-redis token-hs256 session-redis+5ms session-near"},
		{
			"any stage", p.NamedSchemes(), "control control-again session-redis session-redis+store-0.02 token-hs256 " +
				"session-redis+5ms session-near",
		},
	} {
		var names []string
		for _, s := range test.schemes {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s visits %s, want %s", test.what, got, test.want)
		}
	}
	if s, b := p.Scaling.StoreOf(p.AllSchemes()[3], 0.06), p.Smallest(0.06); s != 0.02 || b != 0.02 {
		t.Errorf("the small store has %v core, and the smallest machine %v", s, b)
	}
	twice := strings.Replace(moved, "session-near]", "session-redis]", 1)
	if _, err := Parse("p.yaml", []byte(twice)); err == nil || !strings.Contains(err.Error(), "session-redis twice") {
		t.Errorf("got %v", err)
	}
	typo := strings.Replace(moved, "+5ms", "+5m", 1)
	if _, err := Parse("p.yaml", []byte(typo)); err == nil || !strings.Contains(err.Error(), "up to 1s") {
		t.Errorf("got %v", err)
	}
}

func TestIdentities(t *testing.T) {
	for _, test := range []struct {
		who     Identities
		hottest float64
	}{
		{Identities{Drawn: true}, 0.001},
		{Identities{Drawn: true, Hot: 0.5}, 0.5},
		{Identities{Drawn: true, Zipf: 1}, 1 / 7.4855}, // the sum of 1/k up to 1000
	} {
		shares, sum := test.who.Shares(1000), 0.0
		for rank, share := range shares {
			sum += share
			if rank > 0 && share > shares[rank-1]+1e-12 {
				t.Fatalf("%+v: rank %d comes more often than the one before", test.who, rank)
			}
		}
		if math.Abs(sum-1) > 1e-9 || math.Abs(shares[0]-test.hottest) > 1e-5 ||
			math.Abs(test.who.Hottest(1000)-shares[0]) > 1e-9 {
			t.Errorf("%+v: the shares add up to %v, and the first is %v", test.who, sum, shares[0])
		}
		order, hottest := test.who.Order(1000, 7)
		again, _ := test.who.Order(1000, 7)
		other, _ := test.who.Order(1000, 8)
		if !slices.Equal(order, again) || slices.Equal(order, other) {
			t.Errorf("%+v: the order does not follow the seed alone", test.who)
		}
		came := 0.0
		for _, user := range order {
			if int(user) == hottest {
				came++
			}
		}
		if got := came / float64(len(order)); math.Abs(got-test.hottest) > 0.005 {
			t.Errorf("%+v: the hottest user came with %v of all", test.who, got)
		}
	}
	order, hottest := Identities{}.Order(1000, 7)
	slices.Sort(order)
	if hottest != -1 || len(order) != 1000 || order[0] != 0 || order[999] != 999 {
		t.Errorf("users who come in turn do not all come once: %d, hottest %d", len(order), hottest)
	}
}

// TestHitsOfACacheThatDropsAtRandom: the formula against the cache itself, filled as the lab fills it.
func TestHitsOfACacheThatDropsAtRandom(t *testing.T) {
	for _, name := range []string{
		"session-near-hits-25+zipf-0", "session-near-hits-25+zipf-1.1", "session-near-hits-25+hot-0.5",
		"session-near-hits-50+zipf-1.1", "session-near-hits-0+hot-0.5",
	} {
		s, err := SchemeNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		order, _ := s.Identities.Order(hitUsers, 1)
		r := rand.New(rand.NewPCG(2, 2))
		at := map[int32]int{} // a session's place in the cache
		var cache []int32
		hits, asked := 0, 0
		for n := range (settling + 4) * hitUsers {
			user := order[n%len(order)]
			_, hit := at[user]
			if n >= settling*hitUsers {
				asked++
				if hit {
					hits++
				}
			}
			switch {
			case hit:
			case len(cache) < s.Room():
				at[user] = len(cache)
				cache = append(cache, user)
			default:
				i := r.IntN(len(cache))
				delete(at, cache[i])
				cache[i], at[user] = user, i
			}
		}
		ops := s.MissOps * (1 - float64(hits)/float64(asked))
		if math.Abs(ops-s.StoreOps) > s.StoreSlack {
			t.Errorf("%s: %.3f commands for a request, and %.3f ± %.3f by design", name, ops, s.StoreOps, s.StoreSlack)
		}
	}
}
