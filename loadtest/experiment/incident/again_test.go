package incident_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/message"
)

// schemes are how many run at once in text, and rehearsed how many streams the rehearsal has.
const (
	schemes   = 3
	rehearsed = schemes
)

// TestAgain: a repetition in which a load was late is made again once, as long as few are, and the second one counts.
func TestAgain(t *testing.T) {
	every := make([]int, 40*schemes)
	for k := range every {
		every[k] = rehearsed + 1 + k
	}
	for name, c := range map[string]struct {
		late    []int
		lines   int
		again   bool
		verdict incident.Verdict // of the last incident
	}{
		"none":             {nil, 18, false, incident.Held},
		"one scheme, once": {[]int{rehearsed + 3*schemes + 2}, 21, true, incident.Held},
		"the same, twice":  {every[3*schemes : 5*schemes], 21, true, incident.Unknown},
		"two repetitions":  {[]int{rehearsed + 1, rehearsed + 3*schemes + 1}, 24, true, incident.Held},
		"always":           {every, 36, true, incident.Unknown}, // six are made again
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := experimenttest.New(t, incident.Kind, text, "")
				b.Late = c.late
				if err := incident.Kind.Measure(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				if len(b.Kept) != c.lines {
					t.Errorf("%d lines, want %d", len(b.Kept), c.lines)
				}
				r := recorded(b)
				if damage := incident.Kind.Complete(r); damage != nil {
					t.Errorf("a complete run: %v", damage)
				}
				for _, cell := range found(r) {
					if cell.Incident != incident.Calm && cell.Verdict != c.verdict {
						t.Errorf("%s of %s is %s, want %s: %v", cell.Incident, cell.Name, cell.Verdict, c.verdict, cell.Why)
					}
					if cell.Times != 3 {
						t.Errorf("%s of %s counts %d repetitions, want 3", cell.Incident, cell.Name, cell.Times)
					}
				}
				said := ""
				for _, text := range incident.Kind.Analyse(r).Section().Text {
					said += text.In(message.English)
				}
				if strings.Contains(said, "made again") != c.again {
					t.Errorf("the section says %q", said)
				}
			})
		})
	}
}

// TestAgainHidesNothing: a line that says that its repetition was made again counts where no load was late, where it
// lacks the line that replaces it, and where a user met another's answer.
func TestAgainHidesNothing(t *testing.T) {
	worse := func(l *incident.Line) { l.Again, in(l, 50).Refused, l.Users.LoggedOut = true, 1, 1 }
	for name, c := range map[string]struct {
		tell func(*incident.Line)
		want incident.Verdict
	}{
		"in time":             {worse, incident.Broken},
		"nothing replaces it": {func(l *incident.Line) { worse(l); l.Load.Late = time.Second }, incident.Unknown},
		"another's answer too": {
			func(l *incident.Line) { l.Again, l.Load.Late, l.Load.Mixed = true, time.Second, 1 }, incident.Unknown,
		},
	} {
		t.Run(name, func(t *testing.T) { lie{tell: c.tell}.flips(t, c.want) })
	}
}
