package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"authlab/loadtest/page/browser"
)

func file(t *testing.T, html string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// TestBrowser: what a test relies on: faults are found and only faults, and a page can be used as a person would.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)

	t.Run("a good page", func(t *testing.T) {
		t.Parallel()
		p := b.Open(t, file(t, `<!DOCTYPE html><title>good</title><link rel="icon" href="data:,"><h1>One</h1><h2>Two</h2>
<label>Name <input id="name" value="old"></label>
<button onclick="out.textContent = document.getElementById('name').value">go</button>
<p id="out" style="background:#222;color:#fff"></p><details><summary>more</summary><p>folded</p></details>`),
			browser.View{Width: 360})
		p.Type("#name", "new")
		p.Press(kb.Tab + kb.Enter)
		if got := p.Text("#out"); got != "new" {
			t.Errorf("typing and the keyboard gave %q", got)
		}
		p.Type("#name", "newer")
		p.Click("button")
		p.Await("out.textContent === 'newer'")
		p.OpenFolds()
		if found := append(p.Faults(), p.Audit()...); len(found) > 0 {
			t.Errorf("a good page has faults: %q", found)
		}
		p.View(browser.View{Width: 500, Dark: true})
		if w := browser.Eval[int](p, "matchMedia('(prefers-color-scheme: dark)').matches ? innerWidth : 0"); w != 500 {
			t.Errorf("a dark window of 500 px is %d px wide", w)
		}
	})

	t.Run("a bad page", func(t *testing.T) {
		t.Parallel()
		p := b.Open(t, file(t, `<!DOCTYPE html><title>bad</title><h2>Two</h2><h4 id="a">Four</h4><p id="a">twice</p>
<p style="width:2000px">wide</p><p style="color:#999">pale</p>
<svg><rect width="99" height="99" fill="#000"/><text y="20">dark</text></svg>
<input><img src="http://127.0.0.1:1/out.png"><script>console.error('said')
setTimeout(() => { window.late = true; throw new Error('thrown') })</script>`),
			browser.View{Width: 360})
		p.Await("window.late")
		holds(t, p.Faults(), "console: said", "exception: Uncaught Error: thrown", "request: http://127.0.0.1:1/out.png")
		holds(t, p.Audit(), "the id a stands 2 times", "wide in a window of 360", "the first heading is an h2",
			"an h4 follows an h2", "input has no name", "p has a contrast of 2.85", "text has a contrast of 1.00")
	})

	t.Run("a server's page without script", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write(
				[]byte(
					`<title>s</title><p id="p">plain</p><script src="/own.js"></script><script>p.textContent = 'changed'</script>`,
				),
			)
		}))
		defer server.Close()
		p := b.Open(t, server.URL, browser.View{Width: 800, NoScript: true})
		if got := p.Text("#p"); got != "plain" {
			t.Errorf("without script the page says %q", got)
		}
		if found := p.Faults(); len(found) > 0 {
			t.Errorf("requests to the page's own server are faults: %q", found)
		}
	})
}

// holds: each of the parts stands in one of the sentences.
func holds(t *testing.T, sentences []string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("%q is not among %q", part, sentences)
		}
	}
}
