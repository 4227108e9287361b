package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/report"
)

var update = flag.Bool("update", false, "write the tables and the chart of the pages from the committed runs")

// tables are those that the pages show of committed runs, each between comments with its name.
var tables = []struct {
	page, name, run string
	write           func(*analysis.Analysis) string
}{
	{"../README.md", "reference", "reference", report.DoorTable},
	{"../results/README.md", "reference", "reference", report.MainTable},
	{"../results/README.md", "rows", "rows", report.MainTable},
}

// reference is the run that the README shows.
const reference = "../results/reference"

// charts are the README's, for each theme of its reader.
var charts = map[string]report.Theme{
	"../results/throughput-light.svg": report.Light,
	"../results/throughput-dark.svg":  report.Dark,
}

// The pages show only tables and charts of committed runs. After a new run: go test ./loadtest -run README -update
func TestREADMEShowsTheCommittedRuns(t *testing.T) {
	runs := map[string]*analysis.Analysis{}
	for _, name := range []string{"reference", "rows"} {
		runs[name] = committed(t, name)
	}
	for _, table := range tables {
		text := readPage(t, table.page)
		from, to := "<!-- "+table.name+" -->\n", "<!-- end of "+table.name+" -->\n"
		before, rest, found := strings.Cut(text, from)
		shown, after, ended := strings.Cut(rest, to)
		if !found || !ended {
			t.Fatalf("%s has no place for a table, between %s and %s", table.page, from, to)
		}
		want := table.write(runs[table.run])
		if *update {
			writePage(t, table.page, before+from+want+to+after)
		} else if shown != want {
			t.Errorf("%s shows another table than that of %s:\n%s\nwant\n%s", table.page, table.run, shown, want)
		}
	}
	for file, theme := range charts {
		want := report.Picture(runs["reference"], theme, message.English)
		if *update {
			writePage(t, file, want)
		} else if readPage(t, file) != want {
			t.Errorf("%s is not the chart of %s", file, reference)
		}
	}
}

// TestREADMEFiguresAreTheReports: the figures of the README's texts are those of committed reports.
func TestREADMEFiguresAreTheReports(t *testing.T) {
	for _, c := range []struct {
		place  string
		figure string // what counts as one
		least  int
		runs   []string
	}{
		{"answer", `\d+\.\d+|\d+ %`, 10, []string{"reference"}},
		{"bad day", `\d+(?:\.\d+)?`, 6, []string{"incidents", "exploits"}},
	} {
		_, rest, _ := strings.Cut(readPage(t, "../README.md"), "<!-- "+c.place+" -->\n")
		said, _, ended := strings.Cut(rest, "<!-- end of "+c.place+" -->\n")
		found := regexp.MustCompile(c.figure).FindAllString(said, -1)
		if !ended || len(found) < c.least {
			t.Fatalf("the README's %s is not found, or has only the figures %v", c.place, found)
		}
		text := ""
		for _, run := range c.runs {
			text += readPage(t, "../results/"+run+"/report.md")
		}
		for _, figure := range found {
			if !regexp.MustCompile(`(^|[^\d.])` + regexp.QuoteMeta(figure) + `([^\d]|$)`).MatchString(text) {
				t.Errorf("the README says %s, which the reports of %v do not", figure, c.runs)
			}
		}
	}
}

// readmes are read separately, and link to each other.
var readmes = []string{
	"../README.md", "../CONTRIBUTING.md", "../servers/README.md", "README.md", "../results/README.md",
	"../scripts/README.md",
}

// TestREADMELinksLeadSomewhere: files move, and the pages that link to them must follow.
func TestREADMELinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`(?:\]\(|src="|srcset=")([^)"#]*)(?:#([^)"]*))?[)"]`)
	for _, page := range readmes {
		for _, found := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			file := filepath.Join(filepath.Dir(page), found[1])
			if found[1] == "" {
				file = page
			}
			switch {
			case strings.HasPrefix(found[1], "https://"):
			case !exists(file):
				t.Errorf("%s links to %s, which does not exist", page, found[1])
			case found[2] != "" && !slices.Contains(anchors(readPage(t, file)), found[2]):
				t.Errorf("%s links to %s#%s, which has no such heading", page, found[1], found[2])
			}
		}
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// anchors are the fragments of links to a page's headings.
func anchors(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		plain := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

// TestREADMEIsShort: the first page can be read in one sitting.
func TestREADMEIsShort(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(readPage(t, "../README.md"), "\n"), "\n")
	if len(lines) > 120 {
		t.Errorf("the README has %d lines, more than 120", len(lines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("line %d of the README has %d characters, more than 100", i+1, n)
		}
	}
}

// committed compares a run that a page shows. A run that is incomplete, or cannot be repeated, may not be shown.
func committed(t *testing.T, name string) *analysis.Analysis {
	t.Helper()
	run, err := measure.Read("../results/" + name)
	if err != nil {
		t.Fatal(err)
	}
	a := analysis.Compare(run)
	if !a.Void.IsZero() || !a.Partial.IsZero() || run.Environment.Dirty || len(run.Damage) > 0 {
		t.Errorf("%s may not be shown: void %q, partial %q, dirty %v, damage %v",
			name, a.Void, a.Partial, run.Environment.Dirty, run.Damage)
	}
	return a
}

func readPage(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writePage(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
