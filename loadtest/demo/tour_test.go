package demo_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/page/browser"
)

var tour = flag.Bool("tour", false, "make the pictures of README.md again, from the recorded run")

// tourFiles are the pictures of README.md, in its order.
var tourFiles = []string{"evidence", "votes", "phone", "clock", "puzzle", "card", "notes", "sheet"}

// mostPicture is how many bytes a picture of README.md may have.
const mostPicture = 60 << 10

// TestTheTour: README.md shows every picture, and they are small. With -tour they are made again.
func TestTheTour(t *testing.T) {
	if *tour {
		takeTour(t, browser.Start(t))
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tourFiles {
		file := filepath.Join("tour", name+".webp")
		info, err := os.Stat(file)
		if err != nil || info.Size() > mostPicture || info.Size() < 1000 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
		if !strings.Contains(string(text), "]("+filepath.ToSlash(file)+")") {
			t.Errorf("README.md does not show %s", file)
		}
	}
}

// takeTour takes the pictures: the evidence from the recorded run, and the votes from a lesson that stands still.
func takeTour(t *testing.T, chromium *browser.Browser) {
	t.Helper()
	snap := func(p *browser.Page, name string) { p.Snapshot(filepath.Join("tour", name+".webp")) }
	recorded := serve(t, show.RecordedRun("../.."))
	p := chromium.Open(t, recorded+"/demo/", projected)
	at := func(step, choice string) {
		p.Go(recorded + "/demo/#/" + step)
		p.Await("location.hash === '#/" + step + "' && " + phase(player.Ready))
		if choice != "" {
			p.Click("#choice-" + choice)
			p.Await(pressed(choice))
		}
	}
	ran := func() {
		p.Click("#run")
		p.Await(phase(player.Shown))
		browser.Eval[bool](p, "scrollTo(0, document.querySelector('#columns').offsetTop - 8) === undefined")
	}
	at("login/3", "left")
	ran()
	snap(p, "evidence")
	at("logout/2", "neither")
	ran()
	snap(p, "clock")
	at("forgery/6", "")
	snap(p, "puzzle")
	browser.Eval[bool](p, "document.querySelector('#card').open = true")
	browser.Eval[bool](p, "scrollTo(0, document.querySelector('#card').offsetTop) === undefined")
	snap(p, "card")

	scene, _ := lesson.Named("store-stops")
	play := player.Still(player.State{Scene: scene, Phase: player.Ready})
	t.Cleanup(play.Close)
	for voter, choice := range strings.Fields("503-200 503-200 401-200 200-200 503-200 503-503 503-200 401-200") {
		if err := play.Vote(string(rune('a'+voter)), scene.Name, 0, choice); err != nil {
			t.Fatal(err)
		}
	}
	config := show.Config{Player: play, Root: "../..", Audience: "http://192.168.1.20:8090/k3xq7a2m/"}
	class, page := show.NewAudience(t.Context(), config), show.New(config)
	address := serve(t, page) + page.Path()
	presenter := chromium.Open(t, address, projected)
	shows(presenter, "503-200", 4)
	snap(presenter, "votes")
	presenter.Go(address + "notes.html")
	shows(presenter, "503-200", 4)
	snap(presenter, "notes")
	presenter.Go(address + "sheet.html")
	presenter.Await("document.querySelectorAll('.step').length > 40")
	snap(presenter, "sheet")
	phone := chromium.Open(t, serve(t, class)+class.Path(), browser.View{Width: 390, Height: 720, Dark: true})
	phone.Await(phase(player.Ready))
	phone.Click("#choice-503-200")
	phone.Await(pressed("503-200"))
	snap(phone, "phone")
}
