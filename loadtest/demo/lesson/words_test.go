package lesson_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// TestWords: every scene, step, column and claim has its words, and no words are left over.
func TestWords(t *testing.T) {
	used := map[string]bool{}
	need := func(m message.Message) {
		t.Helper()
		used[m.Key] = true
		if text := m.String(); strings.HasPrefix(text, m.Key) {
			t.Errorf("the catalogue lacks %s", m.Key)
		}
	}
	for _, s := range lesson.Scenes {
		need(s.Title())
		need(s.About())
		for _, c := range s.Columns {
			need(c.Head())
		}
		for i, step := range s.Steps {
			w := s.Words(i)
			need(w.Title)
			need(w.Say)
			need(w.Why)
			need(w.Notes)
			if len(step.Bet) > 0 {
				need(w.Bet)
			}
			for _, hint := range s.Hints(i) {
				need(hint)
			}
			for _, c := range step.Bet {
				if m := s.Pick(i, c.Name); !m.IsZero() {
					need(m)
				}
			}
		}
	}
	for _, f := range lesson.Card {
		need(f.Need())
		need(f.Take())
	}
	for _, name := range strings.Fields("iss aud sub name role sid jti iat nbf exp ver gen") {
		need(lesson.Claim{Name: name}.Means())
	}
	for _, how := range []lesson.Forgery{lesson.OneLetter, lesson.Promoted, lesson.WrongKey, lesson.NoKey} {
		need(message.New("demo.deed.forged-" + string(how)))
	}
	for _, key := range computed(t) {
		if !used[key] {
			t.Errorf("%s is never used", key)
		}
	}
}

// computed are the catalogue's keys that the lesson makes of names.
func computed(t *testing.T) (keys []string) {
	t.Helper()
	text, err := os.ReadFile("../../message/catalogue/demo.en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var walk func(key string, node any)
	walk = func(key string, node any) {
		below, ok := node.(map[string]any)
		for name, node := range below {
			walk(key+"."+name, node)
		}
		if part := strings.Split(key, "."); !ok && slices.Contains([]string{"scene", "column", "claim", "card"}, part[1]) {
			keys = append(keys, key)
		}
	}
	walk("demo", tree["demo"])
	if len(keys) < 100 {
		t.Fatalf("the catalogue has only %d keys of the lesson", len(keys))
	}
	return keys
}

// TestCode: every place in the code that a step names exists, once.
func TestCode(t *testing.T) {
	for _, s := range lesson.Scenes {
		for _, step := range s.Steps {
			if len(step.Code) == 0 {
				t.Errorf("scene %s, step %s names no code", s.Name, step.Name)
			}
			for _, c := range step.Code {
				if found, err := c.Find("../../.."); err != nil || found.Text == "" {
					t.Errorf("scene %s, step %s: %v", s.Name, step.Name, err)
				}
			}
		}
	}
}

// TestALoginIsSaid: a step in which alice logs in, or Mallory copies what she has, says so before the class bets. A
// login that only the evidence shows is taken for a mistake.
func TestALoginIsSaid(t *testing.T) {
	login, said := regexp.MustCompile(`\blogs? in\b|sends her name and her password`), 0
	for _, s := range lesson.Scenes {
		for i, step := range s.Steps {
			if step.Puzzle != nil { // it says which attack runs; what the attack needs is no news
				continue
			}
			text := s.Words(i).Say.In(message.English)
			for _, act := range step.Acts[lesson.Right] {
				_, enters := act.(lesson.Login)
				_, copies := act.(lesson.Steal)
				if enters && !login.MatchString(text) || copies && !strings.Contains(text, "Mallory") {
					t.Errorf("scene %s, step %s does not say what %T does: %q", s.Name, step.Name, act, text)
				}
				if enters || copies {
					said++
				}
			}
		}
	}
	if said < 15 {
		t.Errorf("only %d logins and copies were looked for", said)
	}
}

// TestNotesAnswerWhatTheyAsk: a question that the notes have a teacher ask is followed by its answer. They are short
// enough to be read while a class waits.
func TestNotesAnswerWhatTheyAsk(t *testing.T) {
	const most = 70 // words
	asked := map[message.Language]*regexp.Regexp{
		message.English: regexp.MustCompile(`(^|[.:] )Ask (what|why|which|when|where|how|who)\b[^.?]*\.?$`),
		message.Korean:  regexp.MustCompile(`물어보세요\.$`),
	}
	for _, s := range lesson.Scenes {
		for i, step := range s.Steps {
			for l, question := range asked {
				notes := s.Words(i).Notes.In(l)
				if question.MatchString(notes) {
					t.Errorf("%s: scene %s, step %s ends with a question: %q", l, s.Name, step.Name, notes)
				}
				if words := len(strings.Fields(notes)); words > most {
					t.Errorf("%s: the notes on scene %s, step %s have %d words", l, s.Name, step.Name, words)
				}
			}
		}
	}
}
