package report

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"authlab/loadtest/page/browser"
)

// what a test asks the page.
const (
	askLanguage = "document.documentElement.lang"
	askTop      = "document.getElementById('cost').getBoundingClientRect().top"
	askFocus    = "document.activeElement.getAttribute('href') ?? document.activeElement.className"
	switchOver  = "document.querySelector('main .language').click()"
)

// TestLanguagesInABrowser: the button changes the language and nothing else that a reader sees or has done.
func TestLanguagesInABrowser(t *testing.T) {
	b := browser.Start(t)
	address := fileURL(t, "testdata/full.html")
	holds := func(p *browser.Page, language, word, hash string) {
		t.Helper()
		p.Await(askLanguage + " === '" + language + "'")
		if title := browser.Eval[string](p, "document.title"); !strings.Contains(title, word) ||
			!strings.Contains(p.Text("h1"), word) {
			t.Errorf("in %s the page is called %q and %q", language, title, p.Text("h1"))
		}
		if got := browser.Eval[string](p, "location.hash"); got != hash {
			t.Errorf("the hash is %q, want %q", got, hash)
		}
		for _, what := range append(p.Audit(), p.Faults()...) {
			t.Errorf("in %s: %s", language, what)
		}
	}
	t.Run("switched", func(t *testing.T) {
		p := b.Open(t, address, browser.View{Width: 1280})
		holds(p, "en", "Sessions", "")
		browser.Eval[any](p, "document.getElementById('cost').scrollIntoView()")
		browser.Eval[any](p, "document.querySelector('nav a[href=\"#latency\"]').focus({preventScroll: true})")
		before := browser.Eval[float64](p, askTop)
		browser.Eval[any](p, switchOver)
		holds(p, "ko", "세션", "#lang=ko")
		if after := browser.Eval[float64](p, askTop); after < before-40 || after > before+40 {
			// a line or so: fonts that a machine has only for one language move what stands above
			t.Errorf("what was read stood at %v, and stands at %v", before, after)
		}
		if focus := browser.Eval[string](p, askFocus); focus != "#latency" {
			t.Errorf("the focus moved to %q", focus)
		}
		browser.Eval[any](p, switchOver)
		holds(p, "en", "Sessions", "#lang=en")
	})
	t.Run("by keyboard", func(t *testing.T) {
		p := b.Open(t, address, browser.View{Width: 360})
		browser.Eval[any](p, "document.querySelector('main .language').focus()")
		p.Press(kb.Enter)
		holds(p, "ko", "세션", "#lang=ko")
		if focus := browser.Eval[string](p, askFocus); focus != "language" {
			t.Errorf("the focus moved to %q", focus)
		}
	})
	t.Run("by its address", func(t *testing.T) {
		p := b.Open(t, address+"#cost&lang=ko", browser.View{Width: 1280})
		holds(p, "ko", "세션", "#cost&lang=ko")
		if top := browser.Eval[float64](p, askTop); top < -1 || top > 100 {
			t.Errorf("the anchor stands at %v", top)
		}
		browser.Eval[any](p, "document.querySelector('nav a[href=\"#latency\"]').click()")
		p.Await("location.hash === '#latency&lang=ko'")
		if language := browser.Eval[string](p, askLanguage); language != "ko" {
			t.Errorf("a link changed the language to %s", language)
		}
	})
	t.Run("without a script", func(t *testing.T) {
		p := b.Open(t, address+"#lang=ko", browser.View{Width: 1280, NoScript: true})
		if text := p.Text("main"); !strings.Contains(text, "Sessions and JWT, measured") || strings.Contains(text, "한국어") ||
			strings.Contains(text, "레플리카") {
			t.Errorf("without a script the page says %.300s", text)
		}
	})
}
