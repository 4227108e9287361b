package demo_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo"
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

const offered = "[...document.querySelectorAll('#scene option')].map((e) => e.textContent.split(' ')[0]).join()"

// choosePlan chooses a plan by its minutes, as a teacher does.
func choosePlan(p *browser.Page, minutes int) {
	browser.Eval[bool](p, fmt.Sprintf("(document.querySelector('#plan').value = '%d', "+
		"document.querySelector('#plan').dispatchEvent(new Event('change', { bubbles: true })))", minutes))
}

// TestAPlan: the plan that the address names says where "Next" and "Back" lead and which scenes are listed, on the
// presenter's page, on that of the notes, and on a phone of the class, which is led. A scene that the plan lacks can be
// shown between.
func TestAPlan(t *testing.T) {
	chromium := browser.Start(t)
	play, presenter, audience := attended(t, "login")
	page := chromium.Open(t, presenter+"#?plan=45", projected)
	at := func(p *browser.Page, place string) { t.Helper(); p.Await("location.hash === '#/" + place + "'") }
	lists := func(p *browser.Page, scenes string) { t.Helper(); p.Await(offered + " === '" + scenes + "'") }
	at(page, "login/1?plan=45")
	notes := chromium.Open(t, presenter+"notes.html", browser.View{Width: 768})
	phone := chromium.Private(t).Open(t, audience, browser.View{Width: 390})
	for _, p := range []*browser.Page{page, notes, phone} {
		lists(p, "1,3,5,6,9")
	}
	says := browser.Eval[string](page, "document.querySelector('#plan option:checked').textContent")
	if want := message.Unbroken("plan of 45 minutes"); says != want {
		t.Errorf("the page says that it follows %q, want %q", says, want)
	}
	page.Go(presenter + "#/login/4") // an address without a plan keeps it
	at(page, "login/4?plan=45")
	for _, step := range []string{"second-replica/1", "redis/1", "redis/2", "logout/1"} {
		page.Click("#next")
		at(page, step+"?plan=45")
	}
	phone.Await("document.querySelector('#title').textContent.startsWith('6.1 ')")
	notes.Await("document.querySelector('#title').textContent.startsWith('6.1 ')")
	picture(page, "plan")
	phone.Click("#back") // and roams in the plan
	at(phone, "redis/2")
	phone.Click("#follow")
	for _, step := range []string{"redis/2", "redis/1", "second-replica/1", "login/4"} {
		notes.Click("#back")
		at(page, step+"?plan=45")
	}
	page.Go(presenter + "#/sticky/2")
	at(page, "sticky/2?plan=45")
	for _, p := range []*browser.Page{page, notes, phone} {
		lists(p, "1,3,4,5,6,9")
	}
	page.Click("#next")
	at(page, "redis/1?plan=45")

	page.Go(presenter + "#/store-stops/2")
	at(page, "store-stops/2?plan=45")
	page.Await("document.querySelector('#next').disabled")
	choosePlan(notes, 90)
	at(page, "store-stops/2?plan=90")
	page.Click("#next")
	at(page, "keeping/1?plan=90")
	if got := told(play).Plan.Minutes; got != 90 {
		t.Errorf("the lesson has the plan of %d minutes", got)
	}
	choosePlan(page, 0)
	at(page, "keeping/1")
	lists(phone, "1,2,3,4,5,6,7,8,9,10,11,12,13,14")
	page.Go(presenter + "#/keeping/1?plan=46") // there is none
	at(page, "keeping/1")
	for _, p := range []*browser.Page{page, notes, phone} {
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("%q", wrong)
		}
	}
}

// TestThePlanOfARecordedRun: it follows the plan of its address, and after the last step of the plan the card opens.
func TestThePlanOfARecordedRun(t *testing.T) {
	chromium := browser.Start(t)
	p := chromium.Open(t, serve(t, show.RecordedRun("../.."))+"/demo/#/store-stops/2?plan=45", projected)
	p.Await("location.hash === '#/store-stops/2?plan=45' && " + phase(player.Ready))
	p.Await(offered + " === '1,3,5,6,9'")
	p.Click("#run")
	p.Await(phase(player.Shown) + " && document.querySelector('#card').open && document.querySelector('#next').disabled")
	p.Click("#back")
	p.Await("location.hash === '#/store-stops/1?plan=45'")
	p.Click("#back")
	p.Await("location.hash === '#/logout/4?plan=45' && !document.querySelector('#next').disabled")
	if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
}

// TestAPlanInATerminal: only the scenes of the plan are played, with their numbers in the lesson.
func TestAPlanInATerminal(t *testing.T) {
	var out bytes.Buffer
	p := demo.Plain{
		Stand: open(t), Courier: lesson.NewBrowser(), Language: "en", In: strings.NewReader(""), Out: &out,
		Plan: lesson.Plan{Minutes: 10, Scenes: []string{"second-replica", "redis"}},
	}
	patiently(t, func() error {
		out.Reset()
		return p.Play(t.Context())
	})
	scenes := regexp.MustCompile(`(?m)^Scene \d+`).FindAllString(out.String(), -1)
	if want := []string{"Scene 3", "Scene 5"}; !slices.Equal(scenes, want) {
		t.Errorf("%q were played, want %q", scenes, want)
	}
}
