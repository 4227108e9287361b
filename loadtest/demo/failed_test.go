package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo"
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// mute is a Courier that gets no answer.
type mute struct{}

func (mute) Carry(context.Context, lesson.Request) lesson.Answer {
	return lesson.Answer{Failure: "connection refused"}
}

// TestAFailedStepSaysWhy: where the servers do not answer as a step expects, the page says why, in its language.
func TestAFailedStepSaysWhy(t *testing.T) {
	chromium := browser.Start(t)
	_, address := presentedBy(t, "login", mute{})
	page := chromium.Open(t, address, projected)
	page.Await(phase(player.Ready))
	page.Click("#run")
	page.Await(phase(player.Failed))
	for _, want := range []struct {
		language message.Language
		says     []string
	}{
		{message.English, []string{
			"Sessions in Redis: There was no answer: connection refused", "Tokens: There was no answer: connection refused",
		}},
		{message.Korean, []string{
			"Redis에 둔 세션: 응답이 없었습니다: connection refused", "토큰: 응답이 없었습니다: connection refused",
		}},
	} {
		choose(page, want.language)
		page.Await(fmt.Sprintf("document.querySelector('#outcome .failure')?.textContent.startsWith('%s')", want.says[0][:5]))
		got := browser.Eval[[]string](page, "[...document.querySelectorAll('#outcome .failure')].map(e => e.textContent)")
		if !slices.Equal(got, want.says) {
			t.Errorf("%s: the page says %q, want %q", want.language, got, want.says)
		}
		picture(page, "failed-"+string(want.language))
	}
}

// TestTheLastLanguageWins: where another language is chosen while the words of one are on their way, and the earlier
// ones come last, the page stays at the later choice.
func TestTheLastLanguageWins(t *testing.T) {
	chromium := browser.Start(t)
	presenter, audience := polled(t, player.State{Phase: player.Ready})
	for _, address := range []string{presenter, presenter + "notes.html", presenter + "sheet.html", audience} {
		p := chromium.Open(t, address, projected)
		p.Await("document.querySelector('#language option') !== null")
		browser.Eval[bool](p, `new Promise((done) => {
			const real = window.fetch;
			window.fetch = async (...args) => { // English comes late
				const answer = await real(...args);
				if (String(args[0]).includes('=en')) await new Promise((go) => setTimeout(go, 400));
				return answer;
			};
			const select = document.querySelector('#language');
			for (const value of ['en', 'ko']) {
				select.value = value;
				select.dispatchEvent(new Event('change', { bubbles: true }));
			}
			setTimeout(() => { window.fetch = real; done(true); }, 900);
		})`)
		if got := browser.Eval[string](p, "document.documentElement.lang"); got != "ko" {
			t.Errorf("%s: Korean was chosen last, and the page is in %q", address, got)
		}
		choose(p, message.English) // for the next page of the same site
	}
}

// TestAFailedStepInATerminal: the terminal says why in the language of the lesson, and ends with how to play it again.
func TestAFailedStepInATerminal(t *testing.T) {
	var out bytes.Buffer
	err := demo.Plain{
		Stand: open(t), Courier: mute{}, Language: message.Korean, Root: "../..", From: "login", Step: 1,
		In: strings.NewReader(""), Out: &out,
	}.Play(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--scene login/2") {
		t.Errorf("it ends with %v", err)
	}
	for _, want := range []string{
		"\n  Redis에 둔 세션: 응답이 없었습니다: connection refused\n", "\n  토큰: 응답이 없었습니다: connection refused\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}
