package report

import (
	"fmt"
	"strconv"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// storeSizeSection shows how N* follows the size of the store's machine, where a plan has stores of several sizes.
func storeSizeSection(a *analysis.Analysis, j model.Judgement) []page.Section {
	sized := map[string]bool{}
	for _, x := range a.Scaling {
		if x.Scheme.StoreCores > 0 {
			sized[x.Scheme.Of] = true
		}
	}
	if len(sized) == 0 {
		return nil
	}
	t := page.Table{
		Caption: message.New("store-size.caption"),
		Head: page.Head("head.scheme", "#store-size.cores", "#store-size.relative", "#store-size.predicted",
			"#store-size.measured", "#store-size.predicted-each", "#store-size.measured-each"),
	}
	for _, x := range a.Scaling {
		if x.Replicas != a.Run.Plan.Scaling.Replicas[0] || !sized[x.Name] && x.Scheme.StoreCores == 0 || x.Store == 0 {
			continue
		}
		size := x.Store / x.Budget
		predicted, measured := crossovers(a, j, x.Name)
		t.Add(x.Name, strconv.FormatFloat(x.Store, 'g', 3, 64), fmt.Sprintf("%.2f", size), replicas(predicted),
			replicas(measured), replicas(perSize(predicted, size)), replicas(perSize(measured, size)))
	}
	return []page.Section{{
		ID: "store-size", Title: message.New("store-size.title"), Tables: []page.Table{t},
		Text: []message.Message{message.New("store-size.text")}, Notes: []message.Message{message.New("store-size.note")},
	}}
}

// crossovers returns a scheme's N*, as it was predicted and as it was measured; zero where it was not.
func crossovers(a *analysis.Analysis, j model.Judgement, scheme string) (predicted, measured stats.Interval) {
	for _, t := range j.Trials {
		if t.Scheme == scheme {
			predicted = t.Crossover
		}
	}
	for _, b := range a.Bends {
		if b.Name == scheme && b.At.Known() {
			measured = b.At.Interval()
		}
	}
	return predicted, measured
}

func perSize(i stats.Interval, size float64) stats.Interval {
	return stats.Interval{Center: i.Center / size, Low: i.Low / size, High: i.High / size}
}

// replicas prints a number of replicas; zero is unknown.
func replicas(i stats.Interval) message.Message {
	if i.Center <= 0 {
		return message.Text(page.None)
	}
	return crossover(i)
}
