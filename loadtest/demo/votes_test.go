package demo_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/page/browser"
)

// voted are the votes of a class of eight.
var voted = map[string]int{"503-200": 4, "401-200": 2, "200-200": 1, "503-503": 1}

// polled is a lesson that stands at a step on which eight have voted.
func polled(t *testing.T, s player.State) (presenter, audience string) {
	t.Helper()
	if s.Votes == nil {
		s.Scene, _ = lesson.Named("store-stops")
		s.Votes = voted
	}
	play := player.Still(s)
	t.Cleanup(play.Close)
	config := show.Config{Player: play, Root: "../..", Audience: "http://192.168.1.20:8090/k3xq7a2m/"}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	return serve(t, page) + page.Path(), serve(t, class) + class.Path()
}

// TestTheBars: each choice has a bar as long as its share of the votes, and the count beside it, for ears too. Before
// the step has run none is called right; after it each is called right or wrong, and none is hidden. The class sees the
// bars only then.
func TestTheBars(t *testing.T) {
	chromium := browser.Start(t)
	presenter, audience := polled(t, player.State{Phase: player.Ready})
	page := chromium.Open(t, presenter, projected)
	drawn(t, page, "", "")
	picture(page, "bars-ready")
	phone := chromium.Open(t, audience, browser.View{Width: 390, Height: 720})
	phone.Await(phase(player.Ready) + " && document.querySelectorAll('.choices button').length === 4")
	if n := browser.Eval[int](phone, "document.querySelectorAll('.bar, .tally').length"); n != 0 {
		t.Errorf("before the step has run the class sees %d parts of bars", n)
	}
	pages := []*browser.Page{page, phone}

	presenter, audience = polled(t, player.State{Phase: player.Shown, Won: "503-200", Bet: "401-200"})
	for name, view := range map[string]browser.View{
		"bars-1280": projected, "bars-dark": {Width: 768, Dark: true}, "bars-390": {Width: 390},
	} {
		for _, address := range []string{presenter, audience} {
			p := chromium.Open(t, address, view)
			p.Await(phase(player.Shown))
			choose(p, "en") // the page before left it at Korean
			drawn(t, p, " correct", " not correct")
			picture(p, fmt.Sprintf("%s-%v", name, address == audience))
			choose(p, "ko")
			drawn(t, p, " 정답", " 오답")
			pages = append(pages, p)
		}
	}
	scene, _ := lesson.Named("forgery")
	presenter, audience = polled(t, player.State{
		Scene: scene, Step: 5, Phase: player.Shown, Won: "line-9", Bet: "line-6",
		Votes: map[string]int{"line-9": 5, "line-6": 2, "line-2": 1},
	})
	for _, view := range []browser.View{projected, {Width: 390, Dark: true}} {
		for _, address := range []string{presenter, audience} {
			p := chromium.Open(t, address, view)
			p.Await(phase(player.Shown))
			choose(p, "en")
			p.Await("document.querySelector('#votes-line-9')?.textContent === '5 votes (63 %) correct'")
			p.Await("document.querySelector('.verdict')?.textContent.includes('It was: line\\u00a09.')")
			picture(p, fmt.Sprintf("bars-lines-%d-%v", view.Width, address == audience))
			pages = append(pages, p)
		}
	}
	for _, p := range pages {
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("%q", wrong)
		}
	}
}

// drawn holds the bars of a page to the votes, and to what it calls the choice that won, and the others.
func drawn(t *testing.T, p *browser.Page, right, wrong string) {
	t.Helper()
	p.Await(fmt.Sprintf("document.querySelector('#votes-503-200')?.textContent.endsWith('%s')", right))
	for choice, n := range voted {
		as := map[bool]string{true: right, false: wrong}[choice == "503-200"]
		said := browser.Eval[string](p, fmt.Sprintf("document.querySelector('#votes-%s').textContent", choice))
		count := fmt.Sprint(n, " ")
		share := fmt.Sprintf("(%.0f\u00a0%%)%s", math.Round(100*float64(n)/8), as)
		if !strings.HasPrefix(said, count) || !strings.HasSuffix(said, share) {
			t.Errorf("%s has %d votes of 8, and beside it stands %q", choice, n, said)
		}
		const bar = "document.querySelector('#votes-%s').previousElementSibling"
		length := browser.Eval[float64](p, fmt.Sprintf("(([all, share]) => share.width / all.width)("+
			"["+bar+".querySelector('.all'), "+bar+".querySelector('.share')].map((e) => e.getBoundingClientRect()))",
			choice, choice))
		if math.Abs(length-float64(n)/8) > .01 {
			t.Errorf("%s has %d votes of 8, and its bar is %.2f of the longest", choice, n, length)
		}
		if !browser.Eval[bool](p, fmt.Sprintf("document.querySelector('#choice-%s').checkVisibility()", choice)) {
			t.Errorf("%s is hidden", choice)
		}
	}
}
