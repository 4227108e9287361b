package demo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// TestTheAnswers: the teacher's sheet marks of each step the choice that is right, says why, and has the notes, in each
// language. It says that it is not to be projected, and it has the scenes of the plan.
func TestTheAnswers(t *testing.T) {
	chromium := browser.Start(t)
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(play.Close)
	server := show.New(show.Config{Player: play, Root: "../.."})
	address := serve(t, server) + server.Path()
	p := chromium.Open(t, address+"sheet.html#answers", browser.View{Width: 768, Dark: true})
	p.Await("document.querySelectorAll('.step .why').length > 40")
	for _, l := range message.Languages() {
		choose(p, l)
		said := func(m message.Message) string { return message.Unbroken(m.In(l)) }
		p.Await(fmt.Sprintf("document.querySelector('.scene h2').textContent === '1 %s'", said(lesson.Scenes[0].Title())))
		steps := browser.Eval[[]string](p, "[...document.querySelectorAll('.step')].map((e) => e.textContent)")
		right := browser.Eval[[]string](p, "[...document.querySelectorAll('.step')].map((e) => "+
			"[...e.querySelectorAll('.choices .right')].map((r) => r.firstChild.textContent).join('|'))")
		n := 0
		for _, scene := range lesson.Scenes {
			for i, step := range scene.Steps {
				has, want := []string{said(scene.Words(i).Why), said(scene.Words(i).Notes)}, ""
				for _, c := range step.Bet {
					if c.Name == step.Answer {
						want = c.Words.In(l)
					}
				}
				if len(step.Bet) > 0 && want == "" {
					has = append(has, said(message.New("demo.sheet.depends")))
				}
				if right[n] != want {
					t.Errorf("%s, %s, step %d: marked is %q, want %q", l, scene.Name, i+1, right[n], want)
				}
				for _, text := range has {
					if !strings.Contains(steps[n], text) {
						t.Errorf("%s, %s, step %d: the answers lack %q", l, scene.Name, i+1, text)
					}
				}
				n++
			}
		}
		picture(p, "answers-"+string(l))
	}
	if !browser.Eval[bool](p, "document.querySelector('#secret').checkVisibility()") {
		t.Error("the page does not say that it gives answers away")
	}
	choosePlan(p, 45)
	p.Await("location.hash === '#plan=45&answers' && document.querySelectorAll('.scene').length === 5")
	for _, width := range []int{1280, 390} {
		p.View(browser.View{Width: width})
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("%d: %q", width, wrong)
		}
	}
	page := chromium.Open(t, address, projected)
	page.Await(phase(player.Ready))
	page.Click("#notes summary")
	for id, want := range map[string]string{"sheet": "sheet.html#plan=0", "answers": "sheet.html#plan=0&answers"} {
		if got := browser.Eval[string](page, "document.querySelector('#"+id+"').href"); got != address+want {
			t.Errorf("the link %s leads to %s", id, got)
		}
	}
}

// TestTheAudienceReachesNoAnswers: none of what the sheets need is at the address of the class, or at the presenter's
// without the secret.
func TestTheAudienceReachesNoAnswers(t *testing.T) {
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(play.Close)
	config := show.Config{Player: play, Root: "../.."}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	audience, presenter := serve(t, class), serve(t, page)
	status := func(address string) int {
		answer, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	for _, name := range []string{"sheet", "sheet?language=en", "sheet.html", "sheet.html?answers", "sheet.js"} {
		for _, address := range []string{
			audience + class.Path() + name, audience + "/" + name, audience + page.Path() + name, presenter + "/" + name,
			presenter + class.Path() + name,
		} {
			if got := status(address); got != http.StatusNotFound {
				t.Errorf("%s answers %d", address, got)
			}
		}
		if got := status(presenter + page.Path() + name); got != http.StatusOK {
			t.Errorf("the presenter's %s answers %d", name, got)
		}
	}
}
