package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// TestTheSheetOfAPlan: the sheet has the scenes of the chosen plan and no others, with their numbers in the lesson, and
// also in another language. Each says what stands left and right: the choices speak of sides that change from scene to
// scene, and on paper nothing else tells.
func TestTheSheetOfAPlan(t *testing.T) {
	chromium := browser.Start(t)
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(play.Close)
	server := show.New(show.Config{Player: play, Root: "../.."})
	p := chromium.Open(t, serve(t, server)+server.Path()+"sheet.html", browser.View{Width: 768})
	p.Await("document.querySelectorAll('.step').length > 40")
	plans := slices.Insert(slices.Clone(lesson.Plans), 0, lesson.Plan{})
	for _, s := range lesson.Scenes {
		plans[0].Scenes = append(plans[0].Scenes, s.Name)
	}
	for i, plan := range plans {
		browser.Eval[string](p, fmt.Sprintf("location.hash = 'plan=%d'", plan.Minutes))
		for _, l := range message.Languages() {
			choose(p, l)
			p.Await(fmt.Sprintf("document.querySelector('h2').textContent === '%s'", message.New("demo.sheet.terms").In(l)))
			heads := browser.Eval[[]string](p, "[...document.querySelectorAll('.scene h2')].map((e) => e.textContent)")
			sides := browser.Eval[[]string](p, "[...document.querySelectorAll('.scene .sides')].map((e) => e.textContent)")
			if len(heads) != len(plan.Scenes) || len(sides) != len(heads) {
				t.Fatalf("%s, plan %d: the sheet has the scenes %q and says of %d what stands where", l, i, heads, len(sides))
			}
			for n, scene := range lesson.Scenes {
				at := slices.Index(plan.Scenes, scene.Name)
				if at < 0 {
					continue
				}
				if want := fmt.Sprintf("%d %s", n+1, message.Unbroken(scene.Title().In(l))); heads[at] != want {
					t.Errorf("%s, plan %d: the sheet has %q, want %q", l, i, heads[at], want)
				}
				for _, side := range lesson.Sides {
					if head := message.Unbroken(scene.Columns[side].Head().In(l)); !strings.Contains(sides[at], head) {
						t.Errorf("%s, %s: the sheet says %q, which lacks %q", l, scene.Name, sides[at], head)
					}
				}
			}
		}
		if i == 1 {
			picture(p, "sheet-plan")
		}
	}
	if terms := browser.Eval[int](p, "document.querySelectorAll('#terms li').length"); terms < 5 {
		t.Errorf("the sheet explains %d terms", terms)
	}
	if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
}
