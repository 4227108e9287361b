package demo_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// presented is a lesson that is served to browsers, at the beginning of a scene.
func presented(t *testing.T, scene string) (p *player.Player, address string) {
	t.Helper()
	return presentedBy(t, scene, lesson.NewBrowser())
}

func presentedBy(t *testing.T, scene string, courier lesson.Courier) (p *player.Player, address string) {
	t.Helper()
	p = player.New(t.Context(), open(t), courier)
	t.Cleanup(p.Close)
	server := show.New(show.Config{Player: p, Root: "../.."})
	web := httptest.NewUnstartedServer(server)
	web.Config.ConnState = nil // viewers keep their connections; Close must not wait for them
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	if err := p.Go(scene, 0); err != nil {
		t.Fatal(err)
	}
	return p, web.URL + server.Path()
}

// projected is how a projector shows the page.
var projected = browser.View{Width: 1280, Height: 720}

// picture keeps what the page looks like, where PICTURES names a folder.
func picture(p *browser.Page, name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

func phase(name player.Phase) string {
	return fmt.Sprintf("document.body.dataset.phase === '%s'", name)
}

// told is the present state of the player, which has what the servers answered.
func told(p *player.Player) player.State {
	state, _ := p.State()
	return state
}

// TestThePage plays scenes in a real browser: a wrong bet and a right one, a reload in the middle, a second viewer, and
// the keys. What the page shows is compared with what the servers answered.
func TestThePage(t *testing.T) {
	chromium := browser.Start(t)
	play, address := presented(t, "store-stops")
	page := chromium.Open(t, address, projected)

	page.Await(phase(player.Ready))
	page.Click("#choice-401-200") // wrong
	page.Await("document.querySelector('#choice-401-200').getAttribute('aria-pressed') === 'true'")
	page.Press(" ")
	page.Await(phase(player.Shown))
	agree(t, page, play)
	page.Await("document.querySelector('.verdict.wrong') !== null")
	picture(page, "wrong")

	page.Go(address) // a reload: the same step, with the bet and the evidence
	page.Await("document.querySelector('.verdict.wrong') !== null")
	agree(t, page, play)

	other := chromium.Open(t, address, browser.View{Width: 390, Dark: true}) // a phone that joins
	other.Await("document.querySelector('.verdict.wrong') !== null")
	agree(t, other, play)
	picture(other, "phone")

	page.Press(" ") // why
	page.Await("document.querySelector('.why').getBoundingClientRect().bottom <= innerHeight")
	page.Press(" ") // the next step
	page.Await("location.hash === '#/store-stops/2' && " + phase(player.Ready))
	other.Await("location.hash === '#/store-stops/2'")
	page.Click("#choice-200-200") // right
	page.Click("#run")
	other.Await("document.querySelector('.verdict.right') !== null")
	page.Await("document.querySelector('.verdict.right') !== null")
	agree(t, page, play)
	page.Await("document.querySelector('.verdict').getBoundingClientRect().top >= 0") // the class sees what came of it

	page.Go(address + "#/demotion/2") // entered in the middle
	page.Await("document.querySelector('#scene').value === 'demotion' && " + phase(player.Ready))
	page.Click("#run")
	page.Await(phase(player.Shown))
	if state := told(play); state.Scene.Name != "demotion" || state.Step != 1 || state.Won != "right" {
		t.Errorf("the lesson is at step %d of %s, and %q won", state.Step, state.Scene.Name, state.Won)
	}
	agree(t, page, play)
	page.OpenFolds()
	for _, p := range []*browser.Page{page, other} {
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("the page: %q", wrong)
		}
	}
	picture(page, "open")
}

// TestTheKeys: a key steers once, however long it is held. Space chooses the bet that has the focus, and then runs the
// step; what came of it is then in the window. An address that names no step leads to the first one.
func TestTheKeys(t *testing.T) {
	chromium := browser.Start(t)
	play, address := presented(t, "demotion")
	page := chromium.Open(t, address, projected)
	at := func(step string) string { return "location.hash === '#/" + step + "' && " + phase(player.Ready) }
	page.Await(at("demotion/1"))
	page.Go(address + "#/demotion/2") // the address changes before the lesson does
	page.Await(at("demotion/2") + " && document.querySelector('#choice-right')?.disabled === false")
	sent := browser.Eval[int](page, `(() => {
		let sent = 0;
		const real = window.fetch;
		window.fetch = () => { sent++; return Promise.resolve(); };
		for (const key of [' ', 'ArrowRight', 'ArrowLeft', 'r']) {
			document.body.dispatchEvent(new KeyboardEvent('keydown', { key, repeat: true, bubbles: true }));
		}
		window.fetch = real;
		return sent;
	})()`)
	if sent != 0 {
		t.Errorf("keys that are held sent %d commands", sent)
	}
	page.Click("#notes summary") // with the mouse: it keeps no key
	page.Await("document.querySelector('#notes').open && document.activeElement === document.body")
	page.Click("#notes summary")
	browser.Eval[bool](page, "document.querySelector('#choice-right').focus() === undefined")
	page.Press(" ")
	page.Await("document.querySelector('#choice-right').getAttribute('aria-pressed') === 'true'")
	page.Press(" ")
	page.Await("document.querySelector('.verdict.right') !== null")
	gists := browser.Eval[[]string](page, "[...document.querySelectorAll('.gist')].map(e => e.textContent)")
	if want := []string{`{"name":"alice","role":"user"}`, `{"name":"alice","role":"admin"}`}; !slices.Equal(gists, want) {
		t.Errorf("the cards say %q, and should say %q", gists, want)
	}
	if !browser.Eval[bool](page, "document.querySelector('.verdict').getBoundingClientRect().top >= 0") {
		t.Error("what came of the bet is not in the window")
	}
	picture(page, "gist")
	page.Go(address + "#/demotion/99")
	page.Await(at("demotion/1"))
	page.Go(address + "#/nonsense/9")
	page.Await(at("login/1"))
	if state := told(play); state.Scene.Name != lesson.Scenes[0].Name {
		t.Errorf("the lesson is at %s", state.Scene.Name)
	}
}

// agree compares the statuses that a page shows with those that the servers answered.
func agree(t *testing.T, page *browser.Page, play *player.Player) {
	t.Helper()
	var want []string
	for _, e := range told(play).Evidence {
		for _, x := range e.Exchanges() {
			want = append(want, fmt.Sprint(x.Status()))
		}
	}
	got := browser.Eval[[]string](page, "[...document.querySelectorAll('.status')].map(e => e.textContent)")
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("the page shows the statuses %q, and the servers answered %q", got, want)
	}
}

// TestEveryScene plays every scene to its end in the page, in each language in turn: what it shows is what the servers
// answered, and no script fails. Without -every two scenes are enough.
func TestEveryScene(t *testing.T) {
	chromium := browser.Start(t)
	play, address := presented(t, lesson.Scenes[0].Name)
	page := chromium.Open(t, address, projected)
	page.Await("document.body.dataset.phase !== undefined") // before the first state there is no language to choose
	for i, scene := range lesson.Scenes {
		if !*every && scene.Name != "forgery" && scene.Name != "second-replica" {
			continue
		}
		choose(page, message.Languages()[i%len(message.Languages())])
		for step := range scene.Steps {
			page.Go(address + fmt.Sprintf("#/%s/%d", scene.Name, step+1))
			page.Await(fmt.Sprintf("document.querySelector('#scene').value === '%s' && ", scene.Name) +
				fmt.Sprintf("location.hash.endsWith('/%d') && ", step+1) +
				"['ready', 'lacking'].includes(document.body.dataset.phase)")
			if state := told(play); state.Phase == player.Lacking {
				t.Logf("%s: %s", scene.Name, state.Failures)
				continue
			}
			page.Click("#run")
			page.Await("['shown', 'failed'].includes(document.body.dataset.phase)")
			if state := told(play); state.Phase != player.Shown {
				t.Errorf("%s, step %d: %s", scene.Name, step+1, state.Failures)
				continue
			}
			agree(t, page, play)
			picture(page, fmt.Sprintf("%s-%d", scene.Name, step+1))
		}
		page.OpenFolds()
		if wrong := slices.Concat(page.Audit(), page.Faults()); len(wrong) > 0 {
			t.Errorf("%s: %q", scene.Name, wrong)
		}
	}
}

// choose switches the page's language.
func choose(page *browser.Page, l message.Language) {
	browser.Eval[bool](page, fmt.Sprintf(`(() => {
		const select = document.querySelector('#language');
		select.value = '%s';
		select.dispatchEvent(new Event('change', { bubbles: true }));
		return true;
	})()`, l))
	page.Await(fmt.Sprintf("document.documentElement.lang === '%s'", l))
}
