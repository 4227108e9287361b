package exhaust

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// everything has all drains and all defences, with this many starts.
func everything(starts int) string {
	var drains, defences []string
	for _, d := range Drains {
		drains = append(drains, d.Name)
	}
	for _, d := range Defences {
		defences = append(defences, d.Name)
	}
	return "name: mine\nschemes: [session-redis, token-hs256, token-denylist]\nexhaust: {drains: [" +
		strings.Join(drains, ", ") + "], defences: [" + strings.Join(defences, ", ") +
		fmt.Sprintf("], starts: %d, turns: 2, slice: 30ms, connections: 2}\n", starts)
}

// TestMeasure: the lines of a run are complete, and no failure leaves a server behind.
func TestMeasure(t *testing.T) {
	f := newField(t, everything(1))
	f.measure(t)
	if damage := Kind.Complete(f.run()); damage != nil {
		t.Error(damage)
	}
	f.lines = append(f.lines, f.lines[0])
	if damage := Kind.Complete(f.run()); len(damage) != 1 {
		t.Errorf("a line that is there twice: %v", damage)
	}
	f.lines = f.lines[2:]
	if damage := Kind.Complete(f.run()); len(damage) == 0 {
		t.Error("nothing is said of a line that is missing")
	}
	for _, step := range []string{"Stand", "RoundTrip", "Flood", "Keep"} {
		f := newField(t, everything(1))
		f.fail = step
		if err := Kind.Measure(t.Context(), f); !errors.Is(err, errTold) || f.up != 0 {
			t.Errorf("where %s fails, the error is %v, and %d servers are left", step, err, f.up)
		}
	}
}

// TestDrainsGrow: each drain is a request that a server can read, larger with its size or sent as often as it says, and
// in the parts that it says.
func TestDrainsGrow(t *testing.T) {
	f := newField(t, everything(1))
	f.measure(t)
	for _, d := range Drains {
		for _, s := range f.plan.LoginSchemes() {
			var sent, requests []uint64
			for _, size := range d.Sizes {
				for _, l := range f.lines {
					if l.Start == 0 && l.Scheme == s.Name && l.What == d.Name && l.Size == size {
						sent, requests = append(sent, l.Of.Out/l.Of.Requests), append(requests, l.Of.Requests)
					}
				}
			}
			switch {
			case !d.on(s) || s.Name == "token-denylist": // which reads requests as token-hs256 does
				if sent != nil {
					t.Errorf("%s was measured on %s", d.Name, s.Name)
				}
			case d.CWE == 0 && len(sent) == 1: // the valid request
			case len(sent) != len(d.Sizes):
				t.Errorf("%s has %d sizes on %s, want %d", d.Name, len(sent), s.Name, len(d.Sizes))
			case d.Counted:
				for i, size := range d.Sizes {
					if requests[i] != uint64(size) {
						t.Errorf("%s sent %d requests to %s, want %d", d.Name, requests[i], s.Name, size)
					}
				}
			case d.Lanes > 0: // the same bytes, in more parts
				if slices.Min(sent) != slices.Max(sent) {
					t.Errorf("%s sends %v bytes to %s", d.Name, sent, s.Name)
				}
			case !slices.IsSorted(sent) || sent[0] == sent[len(sent)-1]:
				t.Errorf("%s sends %v bytes to %s", d.Name, sent, s.Name)
			}
		}
	}
	m := &measuring{site: &site{host: "x", valid: []*holder{{access: "a.b.c"}}}}
	for _, size := range []int{2, 8, 32} {
		parts := slowly(m, size, 3)(experiment.Reply{})
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.Join(parts, nil))))
		if len(parts) != size || err != nil || r.Header.Get("Authorization") != "Bearer a.b.c" {
			t.Errorf("a request in %d parts: %d, %v", size, len(parts), err)
		}
	}
}

// TestCostsAreFound: a drain whose requests take twice as long is seen, in size and with its interval, and no other is.
func TestCostsAreFound(t *testing.T) {
	f := newField(t, everything(6))
	doubled := func(r *http.Request) bool { return len(r.Header) > 100 } // many-headers, from the second size on
	n := 0
	f.cost = func(r *http.Request, _ string) time.Duration {
		n++
		took := cheap + time.Duration(n%7)*time.Microsecond // requests differ a little
		if doubled(r) {
			took *= 2
		}
		return took
	}
	for _, c := range f.measured(t).Costs {
		if c.Defence || c.What == "wrong-password" || c.What == "refresh-flood" {
			continue
		}
		twice := c.What == "many-headers" && c.Size >= 1000
		low, high := 0.8, 1.2
		if twice {
			low, high = 1.8, 2.2
		}
		if got := c.Ratio; !c.Why.IsZero() || c.Idle || !(got.Low > low && got.High < high) || got.N != 6 ||
			!got.Why.IsZero() {
			t.Errorf("%s of size %d on %s: %+v, twice as dear: %t; %v", c.What, c.Size, c.Scheme, got, twice, c.Why)
		}
	}
}

// TestUnansweredIsNotMeasured: a drain that was never answered shows nothing, however little it cost; nor does one
// beside valid requests that were refused.
func TestUnansweredIsNotMeasured(t *testing.T) {
	const text = "name: mine\nschemes: [token-hs256]\nexhaust: {drains: [token-dots, long-kid], defences: [rotation], " +
		"starts: 6, turns: 1, slice: 30ms, connections: 2}\n"
	dots := func(r *http.Request) bool { return strings.Contains(r.Header.Get("Authorization"), "....") }
	for name, test := range map[string]struct {
		lie  func(r *http.Request, body string) int
		void func(c Cost) bool
	}{
		"never answers dots": {func(r *http.Request, _ string) int {
			if dots(r) {
				return 0
			}
			return map[bool]int{true: 200, false: 401}[!strings.Contains(r.Header.Get("Authorization"), "kkk")]
		}, func(c Cost) bool { return c.What == "token-dots" }},
		"answers nothing": {func(*http.Request, string) int { return 0 }, func(Cost) bool { return true }},
		"refuses all":     {func(*http.Request, string) int { return 401 }, func(Cost) bool { return true }},
		"is down for renewals": {func(r *http.Request, _ string) int {
			return 200 + 303*strings.Count(r.URL.Path, "refresh")
		}, func(c Cost) bool { return c.Defence }},
		"says 200 to all of it": {func(*http.Request, string) int { return 200 }, func(Cost) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newField(t, text)
			f.answer = test.lie
			found := f.measured(t)
			for _, c := range found.Costs {
				if void := !c.Why.IsZero(); void != test.void(c) || void == c.Ratio.Known() || void == c.Added.Known() {
					t.Errorf("%s of size %d: %+v, %v, by a server that %s", c.What, c.Size, c.Ratio, c.Why, name)
				}
			}
			notes := 0
			for _, c := range found.Costs {
				if !c.Why.IsZero() {
					notes++
				}
			}
			if said := len(found.notes()); said != notes {
				t.Errorf("%d notes for %d costs that were not measured", said, notes)
			}
		})
	}
}

// TestPrices: what a defence adds is found with its sign, and what adds nothing is not called a price.
func TestPrices(t *testing.T) {
	f := newField(t, everything(6))
	last, n := "", 0
	f.cost = func(r *http.Request, body string) time.Duration {
		n++
		took := cheap + time.Duration(n%5)*time.Microsecond
		if r.URL.Path == "/v1/refresh" { // a credential that was seen before is renewed in less
			if now := r.Header.Get("Cookie") + body; now != last {
				last, took = now, took+30*time.Microsecond
			}
		}
		if r.URL.Path == "/v1/login" && r.Header.Get("Cookie") != "" {
			took += 20 * time.Microsecond
		}
		return took
	}
	part := f.plan.Parts[0].(*Part)
	part.Connections, part.Drains = 1, part.Drains[:1]
	prices := map[string]Cost{}
	for _, c := range f.measured(t).Costs {
		if c.Defence {
			prices[c.What+" "+c.Scheme] = c
		}
	}
	for what, want := range map[string]float64{
		"rotation session-redis": 20, "rotation token-hs256": 20, "new-at-login session-redis": 20,
		"denylist token-denylist": 0,
	} {
		got := prices[what].Added
		if told := got.Excludes(0); told != (want > 0) || got.Center < want-3 || got.Center > want+3 {
			t.Errorf("%s adds %+v µs, want about %g", what, got, want)
		}
		if text := added(prices[what]); strings.HasPrefix(text, "~") != (want == 0) {
			t.Errorf("%s is printed as %s", what, text)
		}
	}
	if len(prices) != 5 {
		t.Errorf("%d prices, want 5: %v", len(prices), prices)
	}
}

// TestIdleIsSaid: CPU for a request of a replica that waits is marked, except where requests are counted.
func TestIdleIsSaid(t *testing.T) {
	f := newField(t, everything(1))
	f.measure(t)
	for i := range f.lines {
		f.lines[i].Of.Elapsed *= 2
	}
	for _, c := range f.findings().Costs {
		d, _ := drainOf(c.What)
		if c.Idle == d.Counted {
			t.Errorf("%s: idle %t", c.What, c.Idle)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	if _, err := plan.Parse("mine.yaml", []byte(everything(6)), Kind.Part); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ old, new, want string }{
		{", token-dots, ", ", tokens-dots, ", `exhaust knows no drain "tokens-dots"`},
		{", token-dots, ", ", token-dots, token-dots, ", `exhaust has "token-dots" twice`},
		{"defences: [rotation, ", "defences: [prayer, ", `exhaust knows no defence "prayer"`},
		{"starts: 6", "starts: 0", "exhaust needs from 1 to"},
		{"turns: 2", "turns: 0", "exhaust needs from 1 to"},
		{"connections: 2", "connections: 2, inside: [prayer], rounds: 1", `exhaust knows no defence "prayer" inside`},
		{"connections: 2", "connections: 2, inside: [guessing]", "exhaust needs from 1 to 10000 rounds"},
		{"connections: 2", "connections: 2, rounds: 3", "exhaust needs from 1 to 10000 rounds"},
		{"slice: 30ms", "slice: 3ms", "exhaust.slice must be between 10ms and 10s"},
		{"connections: 2", "connections: 1000", "exhaust needs from 1 to 256 connections"},
	} {
		text := strings.Replace(everything(6), m.old, m.new, 1)
		_, err := plan.Parse("mine.yaml", []byte(text), Kind.Part)
		if err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %v, want %q", m.new, err, m.want)
		}
	}
}
