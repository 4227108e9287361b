package report

import (
	"regexp"
	"strings"
	"testing"

	"authlab/loadtest/message"
)

// TestPictures holds what must be true of every picture, whatever its run: the committed ones are compared whole.
func TestPictures(t *testing.T) {
	for name, run := range runs() {
		for theme, colours := range map[string]Theme{"light": Light, "dark": Dark} {
			picture := Picture(analysed(run), colours, message.English)
			selfContained(t, strings.ReplaceAll(picture, "url(#hatch)", ""))
			if found := unfinished(picture); found != "" {
				t.Errorf("%s, %s: the picture has %q", name, theme, found)
			}
		}
	}
}

// TestPictureDrawsWhatIsKnown counts the bars: a row's at one size is left out where only a bound of it is known.
func TestPictureDrawsWhatIsKnown(t *testing.T) {
	bars := regexp.MustCompile(`<rect x=`)
	for _, test := range []struct {
		run           string
		bars, unknown int
	}{
		{"full", 5 * 4, 0},
		{"bound", 5 * 3, 5},      // with 8 replicas the generator was the limit
		{"one size", 5, 0},       // the plan has one size
		{"unbudgeted", 0, 0},     // throughput needs budgets
		{"doubtful", 5*4 - 1, 1}, // session-memory did not do what it declares with 4 replicas
	} {
		picture := Picture(analysed(runs()[test.run]), Light, message.English)
		drawn, unknown := len(bars.FindAllString(picture, -1)), strings.Count(picture, ">?<")
		if drawn != test.bars || unknown != test.unknown {
			t.Errorf("%s: %d bars and %d unknown, want %d and %d", test.run, drawn, unknown, test.bars, test.unknown)
		}
	}
}

// TestDoorTable: no more is said of a run at the door than in its report. The header has the one parenthesis of a table
// whose rows are not told apart.
func TestDoorTable(t *testing.T) {
	full := DoorTable(analysed(runs()["full"]))
	if lines := strings.Count(full, "\n"); lines != 2+6 {
		t.Errorf("the table has %d lines:\n%s", lines, full)
	}
	for _, says := range []string{"as session-memory", "at once, on one replica", "throughput, 8 replicas"} {
		if !strings.Contains(full, says) {
			t.Errorf("the table does not say %q:\n%s", says, full)
		}
	}
	if added := strings.Count(full, "(") - 1; added != 3 {
		t.Errorf("%d rows say what they add, want the 3 that were measured and differ:\n%s", added, full)
	}
	if noisy := DoorTable(analysed(runs()["noisy"])); strings.Count(noisy, "(") != 1 {
		t.Errorf("a run whose control does not agree with itself names what a row adds:\n%s", noisy)
	}
}
