package report

import (
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
)

func TestARowThatBreaksItsWordIsNamed(t *testing.T) {
	run := measuretest.Lab{Plan: "name: mine\nschemes: [session-redis, token-push, token-hs256]\ndelays: {replicas: 3, " +
		"logins: 20}\n"}.Run()
	whole := said(answer(analysis.Compare(run)))
	if !strings.Contains(whole, "The slowest answer that refused an ended login came after") || !strings.Contains(whole,
		"with token-push, the request's own time included") || strings.Contains(whole, "BROKEN") {
		t.Errorf("whole: %s", whole)
	}
	if !strings.Contains(whole, "; a login was still taken after its end only with token-push (") {
		t.Errorf("whose logins were taken: %s", whole)
	}
	prompt := measuretest.Lab{Plan: "name: mine\nschemes: [session-redis]\ndelays: {replicas: 3, logins: 20}\n"}.Run()
	if got := said(answer(analysis.Compare(prompt))); !strings.Contains(got,
		"; none of them took a login after its end.") {
		t.Errorf("nobody's login was taken: %s", got)
	}
	measuretest.Edit(run, "delays", func(d *delays.Line) {
		if d.Scheme == "session-redis" && d.Trial == 7 && d.Replica == 2 {
			d.Refused = 0
			d.Accepted = 5e9
		}
	})
	a := analysis.Compare(run)
	if got := said(answer(a)); !strings.Contains(got,
		"BROKEN GUARANTEE: a login that had ended was taken longer than session-redis may.") {
		t.Errorf("a replica that never refused: %s", got)
	}
	text := string(build(a).Markdown(message.English))
	if !strings.Contains(text, "NO: 1 of 60 replicas went on taking it") {
		t.Error("the table does not say which row it was")
	}
	shown := MainTable(a)
	for scheme, want := range map[string]string{
		"control": "*does not apply*", "session-redis": "BROKEN", "token-push": " ms",
		"token-hs256": "at expiry",
	} {
		for line := range strings.Lines(shown) {
			if strings.HasPrefix(line, "| "+scheme+" ") && !strings.HasSuffix(line, want+" |\n") {
				t.Errorf("the main table says of %s: %q", scheme, line)
			}
		}
		if !strings.Contains(shown, "\n| "+scheme+" ") {
			t.Errorf("the main table has no %s:\n%s", scheme, shown)
		}
	}
}
