package report

import (
	"path/filepath"
	"testing"

	"authlab/loadtest/page/browser"
)

// pages are the golden pages, and the one that is published.
func pages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*.html")
	if err != nil || len(all) < 5 {
		t.Fatalf("golden pages: %v %v", all, err)
	}
	return append(all, "../../results/reference/report.html")
}

func fileURL(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// TestPagesInABrowser: every page opens without an error or a request, at each width and in both themes, and everybody
// can read it.
func TestPagesInABrowser(t *testing.T) {
	b := browser.Start(t)
	for _, path := range pages(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			p := b.Open(t, fileURL(t, path), browser.View{Width: 1280})
			p.OpenFolds()
			for _, width := range []int{360, 768, 1280} {
				for _, dark := range []bool{false, true} {
					p.View(browser.View{Width: width, Dark: dark})
					for _, what := range p.Audit() {
						t.Errorf("%d px, dark %v: %s", width, dark, what)
					}
				}
			}
			for _, what := range p.Faults() {
				t.Error(what)
			}
		})
	}
}

// TestTheFirstScreenOfAPage: a window of 1280 × 900 without a script shows what to choose, three cards, and most of the
// headline chart.
func TestTheFirstScreenOfAPage(t *testing.T) {
	const window, chart = 900.0, 230.0 // of the chart's 330: its lines without the axis
	b := browser.Start(t)
	p := b.Open(t, fileURL(t, "../../results/reference/report.html"), browser.View{Width: 1280, NoScript: true})
	place := func(selector, end string) float64 {
		return browser.Eval[float64](p, "document.querySelector('"+selector+"').getBoundingClientRect()."+end)
	}
	if advice, cards := place(".advice", "bottom"), place(".verdicts", "top"); advice > cards {
		t.Errorf("the advice ends at %.0f, and the cards begin at %.0f", advice, cards)
	}
	if top := place(".charts .drawn", "top"); top+chart > window {
		t.Errorf("the headline chart begins at %.0f", top)
	}
}
