package play_test

import (
	"strings"
	"testing"

	"authlab/loadtest/demo/play"
)

// TestCheck: what an address may say, and what it may not.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*play.Setup)
		want   string
	}{
		"the beginning":       {func(*play.Setup) {}, ""},
		"all at their limits": {func(s *play.Setup) { s.Replicas, s.Rate, s.Killed, s.Key = 8, 2000, []int{1, 8}, 2 }, ""},
		"another scheme":      {func(s *play.Setup) { s.Schemes[1] = "control" }, `no scheme "control"`},
		"no replica":          {func(s *play.Setup) { s.Replicas = 0 }, "from 1 to 8, not 0"},
		"a ninth replica":     {func(s *play.Setup) { s.Paused = []int{9} }, "no replica 9"},
		"too much load":       {func(s *play.Setup) { s.Rate = 2001 }, "from 0 to 2000"},
		"a store in space":    {func(s *play.Setup) { s.Delay = 501 }, "from 0 to 500"},
		"a clock of the past": {func(s *play.Setup) { s.Clock = -7201 }, "from -7200 to 7200"},
		"a fourth key":        {func(s *play.Setup) { s.Key = 3 }, "from 0 to 2"},
	} {
		t.Run(name, func(t *testing.T) {
			s := play.Beginning()
			c.change(&s)
			err := s.Check()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
