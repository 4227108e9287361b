package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRequirement(t *testing.T) {
	control := RequiredFigure{Name: "cost", Scheme: "control"}
	for text, want := range map[string]Requirement{
		"cost(session-redis) <= 2.0 * cost(control)": {
			Figure: RequiredFigure{Name: "cost", Scheme: "session-redis"}, Bound: 2, Than: &control,
		},
		" cost( token-hs256 )>=cost(control) ": {
			Figure: RequiredFigure{Name: "cost", Scheme: "token-hs256"}, AtLeast: true, Bound: 1, Than: &control,
		},
		"cost(token-hs256) <= 60us": {Figure: RequiredFigure{Name: "cost", Scheme: "token-hs256"}, Bound: 60e-6},
		"share(session-redis, 8) >= 0.5": {
			Figure: RequiredFigure{Name: "share", Scheme: "session-redis", At: 8}, AtLeast: true, Bound: 0.5,
		},
		"p99(session-redis,1000)<=50ms": {
			Figure: RequiredFigure{Name: "p99", Scheme: "session-redis", At: 1000}, Bound: 0.05,
		},
		"bottleneck(session-redis) >= 10": {
			Figure: RequiredFigure{Name: "bottleneck", Scheme: "session-redis"}, AtLeast: true, Bound: 10,
		},
	} {
		want.Text = strings.TrimSpace(text)
		got, err := ParseRequirement(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
}

func TestRequirementsThatCannotBeRead(t *testing.T) {
	for text, why := range map[string]string{
		"":                                                   "write FIGURE(SCHEME) <= BOUND",
		"cost(session-redis) < 2":                            "write FIGURE(SCHEME) <= BOUND",
		"price(session-redis) <= 2":                          `no figure "price"; the figures are cost, share`,
		"cost(session) <= 2 * cost(control)":                 `no scheme "session"`,
		"cost(session-redis) <= 2":                           "is a time, such as 60us",
		"cost(session-redis) <= -1us":                        "is a time",
		"cost(session-redis) <= 2 * p50(control, 8)":         "the same figure of another scheme",
		"cost(session-redis) <= 2*cost(session-redis)":       "the same figure of another scheme",
		"cost(session-redis, 8) <= 60us":                     "takes a scheme alone",
		"share(session-redis) >= 0.5":                        "also takes its replicas",
		"share(session-redis, 8) >= 0.5 * share(control, 8)": "only cost is compared",
		"share(session-redis, 8) >= NaN":                     "a number above 0",
		"share(session-redis, 8) >= 1e999":                   "a number above 0",
		"share(session-redis, 99999999999999999999) >= 1":    "is too large",
		"cost(control) <= 0 * cost(token-hs256)":             "a number above 0",
	} {
		if r, err := ParseRequirement(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %+v, %v; want %q", text, r, err, why)
		}
	}
}

// FuzzParseRequirement: whatever is typed, there is a requirement or a sentence.
func FuzzParseRequirement(f *testing.F) {
	f.Add("cost(session-redis) <= 2.0 * cost(control)")
	f.Add("p99(session-redis,1000)<=50ms")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequirement(text)
		if err == nil && (!(r.Bound > 0) || r.Figure.Scheme == "") {
			t.Errorf("%q is read as %+v", text, r)
		}
	})
}
