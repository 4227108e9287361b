package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// attended is a lesson with an audience, at the beginning of a scene.
func attended(t *testing.T, scene string) (p *player.Player, presenter, audience string) {
	t.Helper()
	p = player.New(t.Context(), open(t), lesson.NewBrowser())
	t.Cleanup(p.Close)
	config := show.Config{Player: p, Root: "../.."}
	class := show.NewAudience(t.Context(), config)
	audience = serve(t, class) + class.Path()
	config.Audience = audience
	page := show.New(config)
	if err := p.Go(scene, 0); err != nil {
		t.Fatal(err)
	}
	return p, serve(t, page) + page.Path(), audience
}

// serve serves a page to viewers that keep their connections, and returns its address.
func serve(t *testing.T, by http.Handler) string {
	t.Helper()
	web := httptest.NewUnstartedServer(by)
	web.Config.ConnState = nil // Close must not wait for viewers
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	return web.URL
}

// TestTheAudience: a presenter and three browsers of the class. Votes appear on the presenter's page as they come, one
// of each browser; one that looks around moves nobody else; a reload keeps the vote.
func TestTheAudience(t *testing.T) {
	chromium := browser.Start(t)
	play, presenter, audience := attended(t, "store-stops")
	page := chromium.Open(t, presenter, projected)
	page.Await(phase(player.Ready))
	page.Click("#join summary")
	page.Await("document.querySelector('#invitation img')?.naturalWidth > 0")
	if got := page.Text("#invitation p"); got != audience {
		t.Errorf("the presenter's page shows the address %q, and the class is at %q", got, audience)
	}
	picture(page, "join")
	page.Click("#join summary")

	var class []*browser.Page
	for i := range 3 {
		b := chromium.Private(t).Open(t, audience, browser.View{Width: 390, Height: 800, Dark: i == 1})
		b.Await(phase(player.Ready) + " && document.querySelector('#choice-503-200') !== null")
		class = append(class, b)
	}
	for i, choice := range []string{"503-200", "503-200", "401-200"} {
		class[i].Click("#choice-" + choice)
		class[i].Await(pressed(choice))
	}
	shows(page, "503-200", 2)
	shows(page, "401-200", 1)
	class[2].Await("document.querySelectorAll('.tally').length === 0") // the class does not see how the others vote
	class[2].Click("#choice-503-503")                                  // another opinion
	shows(page, "503-503", 1)
	page.Await("document.querySelector('#votes-401-200').textContent.startsWith('0')")
	picture(page, "votes")
	picture(class[0], "audience-vote")

	class[0].Go(audience) // a reload keeps the vote
	class[0].Await(pressed("503-200"))

	class[1].Click("#next") // one looks around
	class[1].Await("document.body.dataset.phase === 'unseen' && location.hash === '#/store-stops/2'")
	if !browser.Eval[bool](class[1], "[...document.querySelectorAll('.choices button')].every((b) => b.disabled)") {
		t.Error("one who looks around can vote where the class is not")
	}
	picture(class[1], "audience-roams")
	if state := told(play); state.Step != 0 || state.Phase != player.Ready {
		t.Errorf("one looked around, and the lesson is at step %d, %s", state.Step, state.Phase)
	}
	page.Click("#run")
	page.Await(phase(player.Shown))
	class[0].Await("document.querySelector('.verdict.right') !== null")
	class[2].Await("document.querySelector('.verdict.wrong') !== null")
	shows(class[2], "503-200", 2)
	class[1].Await("document.body.dataset.phase === 'unseen'") // and stays where it looks
	want := browser.Eval[[]string](page, "[...document.querySelectorAll('.status')].map(e => e.textContent)")
	got := browser.Eval[[]string](class[0], "[...document.querySelectorAll('.status')].map(e => e.textContent)")
	if !slices.Equal(got, want) || len(got) != 4 {
		t.Errorf("the class sees the statuses %q, and the presenter %q", got, want)
	}
	class[1].Click("#follow")
	class[1].Await("document.querySelector('.verdict.right') !== null && location.hash === ''")

	page.Click("#next") // new votes, and the last one can be looked at again
	for _, b := range class {
		b.Await(phase(player.Ready) + " && document.querySelector('#choice-503-200')?.ariaPressed === 'false'")
	}
	class[2].Click("#back")
	class[2].Await("document.querySelector('.why') !== null")
	picture(class[2], "audience-back")
	choose(class[0], "ko")
	class[0].Await(phase(player.Ready))
	picture(class[0], "audience-ko")
	for i, p := range append(class, page) {
		p.OpenFolds()
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("page %d: %q", i, wrong)
		}
	}
}

// TestAPhoneSaysWhichSideIsLeft: the choices speak of left and right. On a phone the columns stand below each other, so
// their heads say which is which. Side by side they need not.
func TestAPhoneSaysWhichSideIsLeft(t *testing.T) {
	chromium := browser.Start(t)
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(play.Close)
	config := show.Config{Player: play, Root: "../.."}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	for _, address := range []string{serve(t, class) + class.Path(), serve(t, page) + page.Path()} {
		p := chromium.Open(t, address, browser.View{Width: 390})
		for width, want := range map[int]string{
			390: "Left: Sessions in Redis|Right: Tokens", 1280: "Sessions in Redis|Tokens",
		} {
			p.View(browser.View{Width: width})
			p.Await("[...document.querySelectorAll('.column h3')].map((e) => e.innerText).join('|') === '" + want + "'")
		}
	}
}

func pressed(choice string) string {
	return fmt.Sprintf("document.querySelector('#choice-%s')?.getAttribute('aria-pressed') === 'true'", choice)
}

// shows waits until a page shows that many votes for a choice.
func shows(p *browser.Page, choice string, votes int) {
	p.Await(fmt.Sprintf("document.querySelector('#votes-%s')?.firstChild.textContent === '%d'", choice, votes))
}

// TestTheCountdown: where a step lets time pass, the class sees how much of it is left, also while earlier steps are
// done again.
func TestTheCountdown(t *testing.T) {
	chromium := browser.Start(t)
	play, presenter, audience := attended(t, "rotation")
	page := chromium.Open(t, presenter, projected)
	phone := chromium.Private(t).Open(t, audience, browser.View{Width: 390})
	reach(t, play, player.Ready)
	if err := play.Go("rotation", 3); err != nil { // its servers are there; step 3 lets eleven seconds pass
		t.Fatal(err)
	}
	const counts = "Number(document.querySelector('#left:not([hidden]) strong')?.textContent)"
	for _, p := range []*browser.Page{page, phone} {
		p.Await(counts + " > 1 && " + counts + " < 12")
	}
	picture(page, "countdown")
	before := browser.Eval[float64](page, "new Promise((done) => setTimeout(() => done("+counts+"), 0))")
	page.Await("document.querySelector('#left').hidden || " + counts + " < " + fmt.Sprint(before))
	for _, p := range []*browser.Page{page, phone} {
		p.Await(phase(player.Ready) + " && document.querySelector('#left').hidden")
	}
}

// TestNoCredentialReachesTheAudience: while whole scenes are played, every byte that the audience's listener sends, in
// events and in answers, is searched for the presenter's secret, and for all that logs a user of the lesson in.
func TestNoCredentialReachesTheAudience(t *testing.T) {
	play, presenter, audience := attended(t, "login")
	heard := &tape{}
	for _, language := range []string{"en", "ko"} {
		listen(t, heard, audience+"events?language="+language)
	}
	secrets := map[string]bool{strings.Split(presenter, "/")[3]: true, lesson.Password: true}
	notes := map[string]bool{}
	scenes := []string{"login", "keeping", "demotion"}
	for _, name := range scenes {
		scene, _ := lesson.Named(name)
		for step := range scene.Steps {
			if err := play.Go(name, step); err != nil {
				t.Fatal(err)
			}
			reach(t, play, player.Ready)
			if err := play.Run(); err != nil {
				t.Fatal(err)
			}
			state := reach(t, play, player.Shown)
			gather(secrets, state)
			notes[message.Unbroken(scene.Words(step).Notes.String())] = true
			fetch(t, heard, fmt.Sprintf("%sstep?scene=%s&step=%d", audience, name, step))
		}
	}
	for _, name := range strings.Fields(
		"lesson audience.js countdown.js chart.js bars.js steps.js dom.js style.css chart.css icon.svg audience.svg") {
		fetch(t, heard, audience+name)
	}
	fetch(t, heard, audience)
	said := heard.content()
	if len(secrets) < 12 || len(said) < 50_000 || !bytes.Contains(said, []byte(`"path":"/v1/login"`)) {
		t.Fatalf("%d secrets, and only %d bytes were heard", len(secrets), len(said))
	}
	for secret := range secrets {
		if bytes.Contains(said, []byte(secret)) {
			t.Errorf("the audience was told %q", secret)
		}
	}
	for note := range notes {
		if bytes.Contains(said, []byte(note[:20])) {
			t.Errorf("the audience was told the teacher's note %q", note)
		}
	}
}

// gather adds all credentials that a step used or made: cookies, tokens and their parts, and what the store has of
// them.
func gather(secrets map[string]bool, s player.State) {
	add := func(text string) {
		if len(text) > 15 {
			secrets[text] = true
		}
	}
	for _, e := range s.Evidence {
		for _, k := range e.Browser {
			for part := range strings.SplitSeq(k.Value, ".") {
				add(part)
			}
		}
		if e.Store != nil {
			for _, k := range e.Store.Keys {
				add(k.Name)
				add(k.Value)
			}
		}
		for _, x := range e.Exchanges() {
			for _, h := range slices.Concat(x.Request.Headers, x.Answer.Headers) {
				if h.Name == "Cookie" || h.Name == "Set-Cookie" || h.Name == "Authorization" {
					_, value, _ := strings.Cut(h.Value, "=")
					add(strings.TrimPrefix(h.Value, "Bearer "))
					add(strings.Split(value, ";")[0])
				}
			}
			for _, part := range strings.Split(x.Answer.Body, `"`) {
				if len(part) > 40 { // ids are shorter, and tokens are longer
					add(part)
				}
			}
		}
	}
}

// reach waits until the lesson is in a phase.
func reach(t *testing.T, p *player.Player, phase player.Phase) player.State {
	t.Helper()
	for {
		state, changed := p.State()
		switch state.Phase {
		case phase:
			return state
		case player.Failed:
			t.Fatalf("%s, step %d: %s", state.Scene.Name, state.Step+1, state.Failures)
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal(context.Cause(t.Context()))
		}
	}
}
