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
