package machine

import (
	"math"
	"testing"
	"time"

	"authlab/loadtest/record"
)

func TestParseStat(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Moment
		ok         bool
	}{
		{
			"this kernel", "cpu  100 2 30 400 5 6 70 8 90 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n",
			Moment{busy: 132, steal: 8, total: 621},
			true, // guests (90) are already part of user
		},
		{"an old kernel without steal", "cpu 100 2 30 400 5 6 70\n", Moment{}, false},
		{"no number", "cpu 100 2 30 400 5 6 seventy 8\n", Moment{}, false},
		{"another file", "intr 1 2 3 4 5 6 7 8 9\n", Moment{}, false},
		{"nothing", "", Moment{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := parseStat([]byte(test.text)); ok != test.ok || ok && got != test.want {
				t.Errorf("%+v, %v; want %+v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestParseProcess(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       int64
	}{
		{"a server", "4711 (controld) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 5\n", 127},
		{"a name made to confuse", "4711 (a) R 9 (b c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20\n", 127},
		{"cut short", "4711 (controld) S 1 2 3 4 5 6 7 8 9 10 100", 0},
		{"nothing", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parseProcess([]byte(test.text)); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func TestWhatOthersTook(t *testing.T) {
	start := Moment{busy: 1000, steal: 10, total: 5000, own: time.Second}
	for _, test := range []struct {
		name  string
		later Moment
		want  *record.Interference
	}{
		{"nothing", Moment{busy: 1000, steal: 10, total: 5200, own: time.Second}, &record.Interference{}},
		{
			"the lab's own use is not others'",
			Moment{busy: 1100, steal: 10, total: 5200, own: 2 * time.Second},
			&record.Interference{},
		},
		{
			"others and the host",
			Moment{busy: 1150, steal: 20, total: 5200, own: 2 * time.Second},
			&record.Interference{Others: 0.25, Steal: 0.05},
		},
		{
			"ticks are coarser than the lab's own time",
			Moment{busy: 1099, steal: 10, total: 5200, own: 2 * time.Second},
			&record.Interference{},
		},
		{
			"others whose processes can be seen",
			Moment{busy: 1100, steal: 10, total: 5200, others: 50, own: 2200 * time.Millisecond},
			&record.Interference{Others: 0.25},
		},
		{
			"others whose processes cannot",
			Moment{busy: 1150, steal: 10, total: 5200, others: 10, own: 2 * time.Second},
			&record.Interference{Others: 0.25},
		},
		{"no time passed", start, nil},
		{"nothing is known", Moment{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := start.Until(test.later)
			if (got == nil) != (test.want == nil) {
				t.Fatalf("%v, want %v", got, test.want)
			}
			if got != nil && (math.Abs(got.Others-test.want.Others) > 1e-9 || math.Abs(got.Steal-test.want.Steal) > 1e-9) {
				t.Errorf("%+v, want %+v", *got, *test.want)
			}
		})
	}
}
