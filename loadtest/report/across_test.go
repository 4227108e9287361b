package report

import (
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/stats"
)

func TestAcross(t *testing.T) {
	estimate := func(center float64) stats.Estimate {
		return stats.Estimate{Center: center, Low: center - 0.02, High: center + 0.02, N: 6}
	}
	x := &analysis.Across{
		Warnings: []message.Message{message.Text("the kernel differs: 6.1, then 6.2")},
		Changes: []analysis.Change{
			{
				Figure: message.New("figure.cost"), Scheme: "session-redis", Old: estimate(1.8), New: estimate(2),
				Ratio: estimate(1.11), Different: true,
			},
			{
				Figure: message.New("figure.cost"), Scheme: "token-hs256", Old: estimate(1.3), New: estimate(1.31),
				Ratio: estimate(1.01),
			},
			{
				Figure: message.Text("answers/s"), Scheme: "token-hs256", Old: estimate(6), New: estimate(9), Ratio: estimate(1.5),
				Once: true,
			},
		},
		Alone: []message.Message{message.Text("cost of token-push")},
	}
	const want = `Mind that the kernel differs: 6.1, then 6.2.

figure          scheme                   before             after    after ÷ before
cost ÷ control  session-redis  1.80 [1.78 1.82]  2.00 [1.98 2.02]  1.11 [1.09 1.13]       +11 %
cost ÷ control  token-hs256    1.30 [1.28 1.32]  1.31 [1.29 1.33]  1.01 [0.99 1.03]           ~
answers/s       token-hs256    6.00 [5.98 6.02]  9.00 [8.98 9.02]  1.50 [1.48 1.52]  one launch

` + "1 of 2 figures differ. Of 1 more one of the runs launched the servers too few times: they decide nothing. " +
		"Not compared, because one run does not have them as the other has: cost of token-push.\n"
	got := Across(x, message.English)
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "absolute figures change with the hour") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if x.Warnings, x.Alone = nil, nil; !strings.HasPrefix(Across(x, message.English), "figure") {
		t.Errorf("nothing to warn of, and it begins with %q", Across(x, message.English)[:20])
	}
}
