package demo_test

import (
	"fmt"
	"slices"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/page/browser"
)

// run is a race of which one measurement is known for each number of replicas.
func run(cost lesson.Cost, answers ...float64) *lesson.Evidence {
	race := &lesson.Race{Cost: cost}
	for i, perSecond := range answers {
		race.Laps = append(race.Laps, lesson.Lap{Replicas: 1 << i, PerSecond: perSecond, Store: 1})
	}
	return &lesson.Evidence{Race: race}
}

// TestTheCard: after the last step, which is the race, its charts are there and the card is open, on the presenter's
// page and on the audience's; its links lead to steps of the lesson, and to rows of the committed report, whose script
// works there and is kept apart.
func TestTheCard(t *testing.T) {
	chromium := browser.Start(t)
	last := lesson.Scenes[len(lesson.Scenes)-1]
	play := player.Still(player.State{
		Scene: last, Step: len(last.Steps) - 1, Phase: player.Shown, Evidence: [2]*lesson.Evidence{
			run(lesson.Cost{Replica: 160e-6, Store: 12e-6, ReplicaCores: .04, StoreCores: .01}, 250, 480, 800, 810),
			run(lesson.Cost{Replica: 100e-6, ReplicaCores: .04}, 400, 800, 1500, 3000),
		},
	})
	t.Cleanup(play.Close)
	config := show.Config{Player: play, Root: "../.."}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	for name, address := range map[string]string{
		"card": serve(t, page) + page.Path(), "card-phone": serve(t, class) + class.Path(),
	} {
		view := projected
		if name == "card-phone" {
			view = browser.View{Width: 390, Dark: true}
		}
		p := chromium.Open(t, address, view)
		p.Await("document.querySelector('#card').open && document.querySelectorAll('.finding').length > 5")
		if charts := browser.Eval[int](p, "document.querySelectorAll('svg.chart .measured').length"); charts != 2 {
			t.Errorf("%s: %d charts", name, charts)
		}
		links := browser.Eval[[]string](p, "[...document.querySelectorAll('.finding a[target]')].map((a) => a.href)")
		if len(links) != len(lesson.Card) {
			t.Fatalf("%s: of %d findings %d have a link to the report", name, len(lesson.Card), len(links))
		}
		picture(p, name)
		p.OpenFolds()
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("%s: %q", name, wrong)
		}
		choose(p, "ko")
		p.Await("document.querySelectorAll('.finding').length > 5")
		picture(p, name+"-ko")
		report := chromium.Open(t, links[0], projected)
		report.Await(fmt.Sprintf("document.getElementById('%s') !== null", lesson.Card[0].Claim))
		if origin := browser.Eval[string](report, "self.origin"); origin != "null" {
			t.Errorf("%s: the report has the origin %s", name, origin)
		}
		if wrong := report.Faults(); len(wrong) > 0 {
			t.Errorf("%s: the report: %q", name, wrong)
		}
	}
}
