package report

import (
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
)

// TestMemoryAlone: a plan that asks for nothing else has an answer, which speaks of what shows, and says what a refused
// row was.
func TestMemoryAlone(t *testing.T) {
	run := measuretest.Lab{Plan: "name: mine\nschemes: [session-redis, token-hs256, token-denylist]\nmemory: {logins: " +
		"[1000, 10000], beyond: 1000000, starts: 6}\n"}.Run()
	measuretest.Edit(run, "memory", func(f *memory.Footprint) {
		switch {
		case f.Scheme == "token-hs256":
			f.LiveHeap = 6 << 20
		case f.Scheme == "token-denylist" && f.Start == 3:
			f.Known = 17
		}
	})
	a := analysis.Compare(run)
	answered := said(answer(a))
	for _, want := range []string{
		"A login takes 400 [400 400] bytes of a replica and 700 [700 700] bytes of the store with session-redis.",
		"A login takes nothing that shows, of a replica or a store, with token-hs256.",
	} {
		if !strings.Contains(answered, want) {
			t.Errorf("%q is not in %q", want, answered)
		}
	}
	s := a.Experiments[0].Section()
	if notes := said(s.Notes); !strings.Contains(notes, "Nothing is shown for token-denylist: of 10000 "+
		"requests of 10000 users who had signed in, 17 were answered as theirs.") {
		t.Error(notes)
	}
	for _, table := range s.Tables {
		for _, r := range table.Rows {
			if len(r.Cells) > 0 && r.Cells[0].Text.String() == "token-denylist" {
				t.Errorf("a refused row has figures: %v", r.Cells)
			}
		}
	}
}

// TestMemoryWithoutBeyond: what the plan does not ask for is neither computed nor spoken of.
func TestMemoryWithoutBeyond(t *testing.T) {
	for beyond, want := range map[string]bool{"": false, "beyond: 1000000, ": true} {
		a := analysis.Compare(measuretest.Lab{Plan: "name: mine\nschemes: [session-redis]\nmemory: {logins: [1000, 10000], " +
			beyond + "starts: 6}\n"}.Run())
		if a.Experiments[0].Findings.(*memory.Findings).Growth[0].Replica.Beyond.Known() != want {
			t.Errorf("%q: computed is %+v", beyond, a.Experiments[0].Findings.(*memory.Findings).Growth[0].Replica.Beyond)
		}
		s := a.Experiments[0].Section()
		lines := s.Tables[1]
		text := lines.Text(message.English) + said(s.Notes)
		if strings.Contains(text, "MiB for") != want || strings.Contains(text, "computed") != want {
			t.Errorf("%q: the report says %q", beyond, text)
		}
		for _, r := range lines.Rows {
			if n := len(r.Cells); n > 1 && n != len(lines.Head) {
				t.Errorf("%q: %d cells under %d heads", beyond, n, len(lines.Head))
			}
		}
	}
}
