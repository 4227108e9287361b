package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// reported writes a report into a folder, and returns its report.json.
func reported(t *testing.T, a *analysis.Analysis) string {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, a, message.English); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "report.json")
}

// spoiled writes a copy of a file, with some of it replaced.
func spoiled(t *testing.T, path, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %s", path, old)
	}
	path = filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// acrossRuns is what the command line says of two runs.
func acrossRuns(t *testing.T, before, after *analysis.Analysis) (*analysis.Across, error) {
	t.Helper()
	var both [2]*analysis.Comparable
	for i, a := range []*analysis.Analysis{before, after} {
		var err error
		if both[i], err = Comparable(a); err != nil {
			t.Fatal(err)
		}
	}
	return analysis.AcrossRuns(both[0], both[1])
}

// TestComparisonInThePage: the page calls different what the command line calls different, and refuses what that
// refuses, with its words.
func TestComparisonInThePage(t *testing.T) {
	b := browser.Start(t)
	here := analysed(runs()["full"])
	p, dir := opened(t, b, here)
	doctored := analysis.Compare(with(func(l *measuretest.Lab) {
		l.Seed, l.Costs = 2, map[string]float64{
			"control": 40, "control-again": 40, "session-memory": 44, "session-redis": 80, "token-hs256": 52,
		}
	}).Run())
	x, err := acrossRuns(t, doctored, here)
	if err != nil {
		t.Fatal(err)
	}
	choose := func(path, awaited string) string {
		p.Choose("#comparison-file", path)
		p.Await(fmt.Sprintf("document.getElementById('comparison').textContent.includes(%q)", awaited))
		return p.Text("#comparison .compared")
	}
	got := choose(reported(t, doctored), "figures differ")
	n, of := x.Different()
	if want := fmt.Sprintf("%d of %d figures differ.", n, of); n == 0 || !strings.Contains(got, want) {
		t.Errorf("the page does not say %q: %s", want, got)
	}
	sameRows(t, p, x)

	browser.Eval[int](p, `(() => {
		const files = new DataTransfer();
		files.items.add(new File([document.getElementById("report").textContent], "report.json"));
		dispatchEvent(new DragEvent("drop", { dataTransfer: files, cancelable: true }));
		return 0;
	})()`)
	p.Await("document.getElementById('comparison').textContent.includes('0 of ')")

	own := filepath.Join(dir, "report.json")
	embedded := analysis.Compare(with(func(l *measuretest.Lab) { l.Embedded = true }).Run())
	_, unlike := acrossRuns(t, embedded, here)
	killed := analysis.Compare(runs()["partial"])
	_, partial := acrossRuns(t, killed, here)
	for _, refused := range []struct {
		file string
		why  error
	}{{reported(t, embedded), unlike}, {reported(t, killed), partial}} {
		if refused.why == nil {
			t.Fatal("the command line compares what is unlike")
		}
		choose(refused.file, refused.why.Error()+".")
	}
	choose(spoiled(t, own, `"comparable"`, `"other"`), "has nothing to compare by")
	choose(spoiled(t, own, `{`, `(`), "is not a report.json")
	choose(spoiled(t, own, `session-redis`, `<img src=x onerror=stop()>`), "<img src=x onerror=stop()>")
	for _, what := range append(p.Faults(), p.Audit()...) {
		t.Error(what)
	}
}

// sameRows: the page's figures are the command line's.
func sameRows(t *testing.T, p *browser.Page, x *analysis.Across) {
	t.Helper()
	var rows [][]string
	text := browser.Eval[string](p, `JSON.stringify([...document.querySelectorAll("#comparison tbody tr")]
		.map((row) => [...row.cells].map((cell) => cell.textContent)))`)
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatal(err)
	}
	table := changes(x)
	if len(rows) != len(table.Rows) {
		t.Fatalf("the page has %d figures, the command line %d", len(rows), len(table.Rows))
	}
	for i, row := range table.Rows {
		for j, cell := range row.Cells {
			if want := strings.TrimSpace(cell.Text.String()); rows[i][j] != want {
				t.Errorf("line %d: the page says %q, the command line %q", i+1, rows[i][j], want)
			}
		}
	}
}

// TestComparedPage: the page that is written with a comparison shows it first, without a script.
func TestComparedPage(t *testing.T) {
	here, other := analysed(runs()["full"]), analysis.Compare(with(func(l *measuretest.Lab) { l.Seed = 2 }).Run())
	x, err := acrossRuns(t, other, here)
	if err != nil {
		t.Fatal(err)
	}
	html, err := Compared(x, "earlier", here, message.English)
	if err != nil {
		t.Fatal(err)
	}
	page := string(html)
	if first := strings.Index(page, "<section"); !strings.HasPrefix(page[first:], `<section id="compared">`) {
		t.Error("the comparison does not come first")
	}
	if !strings.Contains(page, "figures differ.") {
		t.Error("the page does not say what differs")
	}
	selfContained(t, page)
}
