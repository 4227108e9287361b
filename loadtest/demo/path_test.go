package demo_test

import (
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/page/browser"
)

// TestALongPathBreaksAtASlash: where a path is too long for its line, no word and no id of it is torn.
func TestALongPathBreaksAtASlash(t *testing.T) {
	chromium := browser.Start(t)
	var evidence [2]*lesson.Evidence
	for _, side := range lesson.Sides {
		request := lesson.Request{Method: "PUT", URL: "http://127.0.0.1:1/v1/admin/users/a60c3750fc21760f4d15/role"}
		evidence[side] = &lesson.Evidence{Deeds: []lesson.Deed{{Exchange: &lesson.Exchange{Request: request}}}}
	}
	play := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Shown, Evidence: evidence})
	t.Cleanup(play.Close)
	config := show.Config{Player: play, Root: "../.."}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	for _, address := range []string{serve(t, class) + class.Path(), serve(t, page) + page.Path()} {
		p := chromium.Open(t, address, projected)
		p.Await("document.querySelectorAll('.exchange .line code').length === 2")
		for _, width := range []int{1280, 390} {
			p.View(browser.View{Width: width})
			torn := browser.Eval[[]string](p, `[...document.querySelectorAll('.exchange .line code')].flatMap((code) =>
				[...code.childNodes].filter((part) => {
					const range = document.createRange();
					range.selectNodeContents(part);
					return new Set([...range.getClientRects()].map((r) => r.top)).size > 1;
				}).map((part) => part.textContent))`)
			if len(torn) > 0 {
				t.Errorf("%d: a line breaks in %q", width, torn)
			}
		}
	}
}
