package show_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/play"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
)

// served is a lesson whose servers are not needed.
func served(t *testing.T) (web *httptest.Server, secret string) {
	t.Helper()
	server := show.New(show.Config{Player: player.New(t.Context(), nil, nil), Play: play.New(t.Context(), nil)})
	web = httptest.NewServer(server)
	t.Cleanup(web.Close)
	return web, server.Path()
}

// TestOnlyThePageSteers: without the secret there is nothing, and a page of another site steers nothing even with it.
func TestOnlyThePageSteers(t *testing.T) {
	web, secret := served(t)
	for _, c := range []struct {
		name, method, path, site string
		want                     int
	}{
		{"the page", "GET", secret, "", 200},
		{"its script", "GET", secret + "main.js", "", 200},
		{"its words", "GET", secret + "lesson", "", 200},
		{"without the secret", "GET", "/", "", 404},
		{"a guess", "GET", "/" + strings.Repeat("A", len(secret)-2) + "/", "", 404},
		{"a command without the secret", "POST", "/run", "same-origin", 404},
		{"a command before its time", "POST", secret + "run", "same-origin", 409},
		{"a command from another site", "POST", secret + "run", "cross-site", 403},
		{"a step that there is not", "POST", secret + "go", "same-origin", 409},
		{"a plan", "POST", secret + "plan", "same-origin", 204},
		{"a plan without the secret", "POST", "/plan", "same-origin", 404},
		{"a plan from another site", "POST", secret + "plan", "cross-site", 403},
		{"the teacher's notes", "GET", secret + "notes.html", "", 200},
		{"the notes without the secret", "GET", "/notes.html", "", 404},
		{"what they follow without the secret", "GET", "/noted", "", 404},
		{"the sheet for students", "GET", secret + "sheet", "", 200},
		{"the sheet without the secret", "GET", "/sheet", "", 404},
		{"the playground", "GET", secret + "playground.html", "", 200},
		{"the playground without the secret", "GET", "/playing", "", 404},
		{"a setup without the secret", "POST", "/setup", "same-origin", 404},
		{"a setup of another site", "POST", secret + "setup", "cross-site", 403},
		{"no setup", "POST", secret + "setup", "same-origin", 400},
		{"an end by another site", "POST", secret + "off", "cross-site", 403},
		{"a login by another site", "POST", secret + "login-again", "cross-site", 403},
		{"a command by GET", "GET", secret + "run", "same-origin", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, web.URL+c.path, strings.NewReader(`{"step":99}`))
			if err != nil {
				t.Fatal(err)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != c.want {
				t.Errorf("%d, want %d", answer.StatusCode, c.want)
			}
			policy := answer.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy is %q", policy)
			}
			if got := answer.Header.Get("Referrer-Policy"); got != "no-referrer" {
				t.Errorf("the address with the secret may travel on: Referrer-Policy is %q", got)
			}
		})
	}
}

// TestWords: every word that a file of a page uses has a label, and every label is used.
func TestWords(t *testing.T) {
	page := []string{
		"page/index.html", "page/main.js", "page/dom.js", "page/evidence.js", "page/votes.js", "page/bars.js",
		"page/notes.html", "page/notes.js", "page/sheet.html", "page/sheet.js", "page/countdown.js", "page/card.js",
		"page/chart.js", "page/playground.html", "page/playground.js", "page/setup.js",
	}
	words(t, show.Labels(), page, "building", "ready", "running", "shown", "cookie", "variable", "off", "changing",
		"steady", "failed", "lacking", "runs", "paused", "gone")
	if got, want := len(show.Labels()), show.OwnLabels(); got != want {
		t.Errorf("%d words have %d names: one takes the place of another", want, got)
	}
	audience := []string{
		"audience/audience.html", "audience/audience.js", "page/dom.js", "page/countdown.js",
		"page/card.js", "page/chart.js", "page/bars.js",
	}
	words(t, show.AudienceLabels(), audience, "building", "ready", "running", "shown", "failed", "lacking",
		"unseen")
}

// words holds labels against files, and against names that their scripts compute: words[…].
func words(t *testing.T, labels, files []string, computed ...string) {
	t.Helper()
	text := ""
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text += string(file)
	}
	used := map[string]bool{}
	for _, found := range regexp.MustCompile(`\bwords\.(\w+)|data-word="(\w+)"`).FindAllStringSubmatch(text, -1) {
		used[found[1]+found[2]] = true
	}
	for _, name := range computed {
		used[name] = true
	}
	for name := range used {
		if !slices.Contains(labels, name) {
			t.Errorf("%s: the page says %q, which has no label", files[0], name)
		}
	}
	for _, name := range labels {
		if !used[name] {
			t.Errorf("%s: the label %q is never used", files[0], name)
		}
	}
}
