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

// TestTheNotes: the teacher's notes on a page of their own follow the step that is shown, tell before it runs why it
// will go as it goes, and steer: by buttons and by keys.
func TestTheNotes(t *testing.T) {
	chromium := browser.Start(t)
	play, address := presented(t, "store-stops")
	page := chromium.Open(t, address, projected)
	notes := chromium.Open(t, address+"notes.html", browser.View{Width: 768, Height: 1024})
	notes.Await(phase(player.Ready) + " && document.querySelector('#title').textContent.startsWith('9.1 ')")
	scene, _ := lesson.Named("store-stops")
	says := func(p *browser.Page, place string, want message.Message, l message.Language) {
		t.Helper()
		got := browser.Eval[string](p, fmt.Sprintf("document.querySelector('%s').textContent", place))
		if said := message.Unbroken(want.In(l)); !strings.Contains(got, said) {
			t.Errorf("%s says %q, and should say %q", place, got, said)
		}
	}
	says(notes, "#text", scene.Words(0).Notes, message.English)
	says(notes, "#reason", scene.Words(0).Why, message.English)
	says(notes, "#time", message.New("demo.notes.planned", "minutes", 5, "plans", []string{"45", "90"}), message.English)
	if state := told(play); state.Phase != player.Ready {
		t.Fatalf("the step is %s already", state.Phase)
	}
	if why := browser.Eval[string](page, "document.querySelector('#reason').textContent"); why != "" {
		t.Errorf("before the step has run the class reads %q", why)
	}
	page.Click("#choice-401-200")
	notes.Await("document.querySelector('#bet').textContent.includes('The bet of the class: left 401, right 200')")
	picture(notes, "notes-ready")

	notes.Press(" ") // runs the step
	page.Await(phase(player.Shown))
	notes.Await(phase(player.Shown) + " && document.querySelector('.choice.won')?.textContent === 'left 503, right 200'")
	picture(notes, "notes-shown")
	notes.Click("#next")
	page.Await("location.hash === '#/store-stops/2' && " + phase(player.Ready))
	page.Click("#back")
	notes.Await("document.querySelector('#title').textContent.startsWith('9.1 ') && " + phase(player.Ready))

	choose(notes, message.Korean)
	notes.Await(phase(player.Ready) + " && /[가-힣]/.test(document.querySelector('#text').textContent)")
	says(notes, "#text", scene.Words(0).Notes, message.Korean)
	notes.Await("document.querySelector('#scene').value === 'store-stops'")
	for name, view := range map[string]browser.View{
		"notes-1280": projected, "notes-390": {Width: 390, Dark: true}, "notes-768": {Width: 768, Dark: true},
	} {
		notes.View(view)
		picture(notes, name)
		if wrong := notes.Audit(); len(wrong) > 0 {
			t.Errorf("%s: %q", name, wrong)
		}
	}
	if wrong := slices.Concat(notes.Faults(), page.Faults()); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
}

// TestTheSheet: the sheet for students has every step of the lesson with what is asked, in each language, room to
// write, and no answer.
func TestTheSheet(t *testing.T) {
	chromium := browser.Start(t)
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(play.Close)
	server := show.New(show.Config{Player: play, Root: "../.."})
	p := chromium.Open(t, serve(t, server)+server.Path()+"sheet.html", browser.View{Width: 768, Dark: true})
	p.Await("document.querySelectorAll('.step').length > 40")
	for _, l := range message.Languages() {
		choose(p, l)
		said := func(m message.Message) string { return message.Unbroken(m.In(l)) }
		p.Await(fmt.Sprintf("document.querySelector('.scene h2').textContent === '1 %s'", said(lesson.Scenes[0].Title())))
		steps := browser.Eval[[]string](p, "[...document.querySelectorAll('.step')].map((e) => e.textContent)")
		all := browser.Eval[string](p, "document.body.textContent")
		for _, scene := range lesson.Scenes {
			for i, step := range scene.Steps {
				if len(steps) == 0 {
					t.Fatalf("%s: the sheet ends before step %d of %s", l, i+1, scene.Name)
				}
				words := scene.Words(i)
				has := []string{said(words.Title), said(words.Say), said(words.Bet)}
				for _, c := range step.Bet {
					has = append(has, c.Words.In(l))
				}
				for _, want := range has {
					if !strings.Contains(steps[0], want) {
						t.Errorf("%s, %s, step %d: the sheet lacks %q", l, scene.Name, i+1, want)
					}
				}
				steps = steps[1:]
				for _, answer := range append(scene.Hints(i), words.Why, words.Notes, scene.About()) {
					if strings.Contains(all, said(answer)) {
						t.Errorf("%s, %s, step %d: the sheet gives the answer %q", l, scene.Name, i+1, said(answer))
					}
				}
			}
		}
		if len(steps) > 0 {
			t.Errorf("%s: the sheet has %d steps too many", l, len(steps))
		}
		picture(p, "sheet-"+string(l))
	}
	if room := browser.Eval[bool](p, "[...document.querySelectorAll('.step')].every("+
		"(e) => e.querySelectorAll('.written').length === 3)"); !room {
		t.Error("a step has no room to write")
	}
	for _, width := range []int{1280, 390} {
		p.View(browser.View{Width: width})
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("%d: %q", width, wrong)
		}
	}
}
