package show_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/play"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
)

// TestQuantitiesStayTogether: in all that a page is told to show of any step, no line can break between a figure and
// its unit.
func TestQuantitiesStayTogether(t *testing.T) {
	torn, kept := regexp.MustCompile(`\d (%|[mµ]?s\b|seconds?\b|replicas?\b)`), 0
	for _, scene := range lesson.Scenes {
		for step := range scene.Steps {
			p := player.Still(player.State{Scene: scene, Step: step, Phase: player.Shown})
			server := show.New(show.Config{Player: p})
			web := httptest.NewServer(server)
			for _, l := range message.Languages() {
				said := first(t, web.URL+server.Path()+"events?language="+string(l))
				kept += strings.Count(said, "\u00a0")
				if found := torn.FindString(said); found != "" {
					t.Errorf("%s, step %d, %s: a line can break in %q", scene.Name, step+1, l, found)
				}
			}
			web.CloseClientConnections()
			web.Close()
			p.Close()
		}
	}
	if kept < 20 {
		t.Errorf("only %d figures were kept with their units", kept)
	}
}

// first is the first event that an address tells.
func first(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "data: ") {
		t.Fatalf("%s tells %q: %v", address, line, err)
	}
	return line
}

// TestAPlaygroundSaysWhy: what a column of the playground cannot do is told in the language of the page.
func TestAPlaygroundSaysWhy(t *testing.T) {
	var state play.State
	state.Sides[1].Phase = play.Failed
	state.Sides[1].Failures = lesson.Reasons(errors.New("no space left"))
	for l, want := range map[message.Language]string{
		message.English: `"failure":"This computer says: no space left"`,
		message.Korean:  `"failure":"이 컴퓨터의 메시지: no space left"`,
	} {
		told, err := json.Marshal(show.Grounded(state, l))
		if text := string(told); err != nil || !strings.Contains(text, want) || strings.Count(text, `"sides"`) != 1 {
			t.Errorf("%s: %s, %v, want %s", l, text, err, want)
		}
	}
}
