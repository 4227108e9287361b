package demo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/demo"
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// TestARecordedRun: what was recorded plays from a disk and from a server of files, says that it is recorded, takes
// bets, and requests nothing but its own files.
func TestARecordedRun(t *testing.T) {
	chromium := browser.Start(t)
	s := open(t)
	forgery, _ := lesson.Named("forgery")
	dir := t.TempDir()
	r := demo.Recorder{
		Stand: s, Courier: lesson.NewBrowser(), Root: "../..", Scenes: []lesson.Scene{forgery}, Out: io.Discard,
	}
	if err := r.Record(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"file://" + filepath.Join(dir, "index.html"), serve(t, http.FileServer(http.Dir(dir))) + "/index.html",
	} {
		p := chromium.Open(t, address, projected)
		plays(t, p)
		p.Go(address + "#/forgery/6") // the puzzle
		p.Await("location.hash === '#/forgery/6' && " + phase(player.Ready))
		p.Click("#choice-line-2")
		p.Await(pressed("line-2"))
		p.Click("#run")
		p.Await("document.querySelector('.verdict.wrong + p') !== null") // why that line is none
		choose(p, "ko")
		p.Await("document.querySelector('.verdict.wrong + p') !== null")
		picture(p, "recorded-ko")
		p.Go(strings.Replace(address, "index.html", "sheet.html", 1))
		p.Await("document.querySelectorAll('.step').length > 40 && document.documentElement.lang === 'ko'")
		wrong := slices.DeleteFunc(slices.Concat(p.Audit(), p.Faults()), func(what string) bool {
			return strings.HasPrefix(what, "request: file://"+dir+"/")
		})
		if len(wrong) > 0 {
			t.Errorf("%s: %q", address, wrong)
		}
	}
}

// plays plays the first step of a recorded scene, with a right bet.
func plays(t *testing.T, p *browser.Page) {
	t.Helper()
	p.Await(phase(player.Ready) + " && document.querySelector('#choice-right') !== null")
	if !browser.Eval[bool](p, "document.querySelector('#recorded').checkVisibility()") {
		t.Error("the page does not say that it is recorded")
	}
	p.Click("#choice-right")
	p.Await(pressed("right"))
	p.Press(" ")
	p.Await(phase(player.Shown) + " && document.querySelector('.verdict.right') !== null")
	got := browser.Eval[[]string](p, "[...document.querySelectorAll('.status')].map(e => e.textContent)")
	if want := []string{"200", "200", "200", "200"}; !slices.Equal(got, want) {
		t.Errorf("the recorded statuses are %q, want %q", got, want)
	}
	picture(p, "recorded")
}

// TestTheCommittedRecording: the recording of results/demo has every step of the lesson, is small, and plays.
func TestTheCommittedRecording(t *testing.T) {
	const dir = "../../results/demo"
	size := int64(0)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 2<<20 {
		t.Errorf("%s has %d bytes", dir, size)
	}
	text, err := os.ReadFile(filepath.Join(dir, "recording.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, scene := range lesson.Scenes {
		for i := range scene.Steps {
			said, err := json.Marshal(message.Unbroken(scene.Words(i).Say.String())) // as the recording has it
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, said) {
				t.Errorf("%s lacks step %d of %s: make it again by authlab demo --record %s", dir, i+1, scene.Name, dir)
			}
		}
	}
}

// TestTheCommittedPageIsTheLessons: the page of results/demo is today's, so that no link in it leads nowhere.
func TestTheCommittedPageIsTheLessons(t *testing.T) {
	const dir = "../../results/demo"
	now := t.TempDir()
	if err := show.NewRecording("../..", time.Now()).Write(now); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(now)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(now, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || e.Name() != "recording.js" && !bytes.Equal(got, want) {
			t.Errorf("%s/%s is not the lesson's: make it again by authlab demo --record %s: %v", dir, e.Name(), dir, err)
		}
	}
}
