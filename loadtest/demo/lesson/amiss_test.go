package lesson

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/message"
)

// raceOf is evidence of a race whose laps have these throughputs, the last with these shares of the budgets.
func raceOf(replica, store float64, perSecond ...float64) *Evidence {
	r := &Race{Cost: Cost{Replica: 160e-6, Store: 12e-6, ReplicaCores: .04, StoreCores: .01}}
	for i, n := range perSecond {
		for range lapsEach {
			r.Laps = append(r.Laps, Lap{
				Replicas: sizes[i], PerSecond: n, Answered: sizes[i], Replica: replica, Store: store,
			})
		}
	}
	return &Evidence{Race: r}
}

// TestReasonsAreInEachLanguage: what a step says where it goes wrong are words of the catalogue, a sentence for each
// thing, with the figures, and after the name of its column.
func TestReasonsAreInEachLanguage(t *testing.T) {
	late := raceOf(1, 1, 250, 480, 800, 810)
	late.Race.Laps[11].Answered = 7
	refused := &Evidence{Deeds: []Deed{{Exchange: &Exchange{Answer: Answer{Status: 401}}}}}
	lost := &Evidence{Deeds: []Deed{{Exchange: &Exchange{Answer: Answer{Failure: "connection refused"}}}}}
	column := Column{Label: "token-hs256"}
	scene, _ := Named("logout")
	for _, c := range []struct {
		name   string
		err    error
		en, ko []string
	}{
		{"nothing", nil, nil, nil},
		{"a late replica", ran(nil, late), []string{"Only 7 of 8 replicas answered."}, []string{"레플리카 8대 가운데 7대만 응답했습니다."}},
		{
			"a busy machine", unbent(nil, raceOf(.5, 0, 250, 480, 800, 810)),
			[]string{
				"Eight replicas answered only 3.2 times as much as one.", "The first replica used only 50 % of its CPU.",
				"Something else on this computer takes the CPU. End other programs, then do this step again (R).",
			},
			[]string{
				"레플리카 여덟 대가 한 대의 3.2배만 응답했습니다.", "첫 번째 레플리카는 CPU의 50 %만 썼습니다.",
				"이 컴퓨터의 다른 프로그램이 CPU를 쓰고 있습니다. 다른 프로그램을 끝내고 이 단계를 다시 하세요(R).",
			},
		},
		{
			"another answer, in a column",
			errors.Join(nil, beside{"logout", "steal", column, answers(200)(nil, refused)}),
			[]string{"Tokens: The answers are 401. They should be 200."},
			[]string{"토큰: 응답은 401입니다. 200이어야 합니다."},
		},
		{
			"no answer", scene.Steps[0].Expect[Left][0](nil, lost),
			[]string{"There was no answer: connection refused"},
			[]string{"응답이 없었습니다: connection refused"},
		},
		{
			"what the system says", errors.New("no space left on device"),
			[]string{"This computer says: no space left on device"},
			[]string{"이 컴퓨터의 메시지: no space left on device"},
		},
	} {
		for l, want := range map[message.Language][]string{message.English: c.en, message.Korean: c.ko} {
			var got []string
			for _, m := range Reasons(c.err) {
				got = append(got, strings.ReplaceAll(m.In(l), "\u00a0", " "))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", c.name, l, got, want)
			}
		}
	}
}

// TestNoReasonIsEnglishOnly: every expectation of every step, given evidence that has nothing it expects, fails with
// words that Korean has too.
func TestNoReasonIsEnglishOnly(t *testing.T) {
	hangul := regexp.MustCompile(`[가-힣]`)
	nothing := &Evidence{
		Deeds: []Deed{{Exchange: &Exchange{Answer: Answer{Status: 418}}}}, Clock: &Clock{Running: true}, Race: &Race{},
	}
	tried := 0
	for _, s := range Scenes {
		for i, step := range s.Steps {
			for _, side := range Sides {
				for _, expect := range step.Expect[side] {
					p := &Place{people: map[string]*Person{}}
					for _, why := range Reasons(expect(p, nothing)) {
						tried++
						if said := why.In(message.Korean); !hangul.MatchString(said) || why.Key == "demo.amiss.system" {
							t.Errorf("%s, step %d: %q", s.Name, i+1, said)
						}
					}
				}
			}
		}
	}
	if tried < 80 {
		t.Errorf("only %d expectations failed", tried)
	}
}
