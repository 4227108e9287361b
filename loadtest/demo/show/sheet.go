package show

import (
	"encoding/json"
	"net/http"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// paper is the sheet for students, and the answers to it. Only the presenter's page has either. Printed for students it
// has what is asked, and nothing that answers it: what a scene is about does.
type paper struct {
	Terms  []string     `json:"terms"` // what the sheet takes as known
	Scenes []sheetScene `json:"scenes"`
}

type sheetScene struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Sides string      `json:"sides"` // what stands left and right, which the answers speak of
	Steps []sheetStep `json:"steps"`
}

type sheetStep struct {
	Title    string        `json:"title"`
	Say      string        `json:"say"`
	Question string        `json:"question,omitempty"`
	Choices  []sheetChoice `json:"choices,omitempty"`
	Lines    bool          `json:"lines"` // the choices are lines of code
	// What only the answers have.
	Depends bool   `json:"depends"` // no choice is right on every computer
	Why     string `json:"why"`
	Notes   string `json:"notes"`
}

type sheetChoice struct {
	Words  string `json:"words"`
	Right  bool   `json:"right"`          // only the answers have this
	Called string `json:"called"`         // in the answers
	Pick   string `json:"pick,omitempty"` // why a line that looks wrong is not
}

// terms are the words of the lesson that the sheet explains.
var terms = []message.Message{
	message.New("demo.sheet.term.people"), message.New("demo.sheet.term.replica"), message.New("demo.sheet.term.redis"),
	message.New("demo.sheet.term.token"), message.New("demo.sheet.term.statuses"),
}

// sheet is the sheet for students, in a language.
func sheet(l message.Language) paper {
	var p paper
	for _, s := range lesson.Scenes {
		p.Scenes = append(p.Scenes, sheetOf(s, l))
	}
	for _, term := range terms {
		p.Terms = append(p.Terms, said(term, l))
	}
	return p
}

func sheetOf(s lesson.Scene, l message.Language) sheetScene {
	sides := message.New("demo.sheet.sides", "left", said(s.Columns[lesson.Left].Head(), l),
		"right", said(s.Columns[lesson.Right].Head(), l))
	scene := sheetScene{Name: s.Name, Title: said(s.Title(), l), Sides: said(sides, l)}
	for i, step := range s.Steps {
		words := s.Words(i)
		one := sheetStep{
			Title: said(words.Title, l), Say: said(words.Say, l), Question: said(words.Bet, l), Lines: step.Puzzle != nil,
			Depends: len(step.Bet) > 0 && step.Answer == "", Why: said(words.Why, l), Notes: said(words.Notes, l),
		}
		for n, c := range step.Bet {
			offered := sheetChoice{Words: c.Words.In(l), Right: c.Name == step.Answer, Called: said(step.Called(n), l)}
			if s.Tempts(i, c.Name) {
				offered.Pick = said(s.Pick(i, c.Name), l)
			}
			one.Choices = append(one.Choices, offered)
		}
		scene.Steps = append(scene.Steps, one)
	}
	return scene
}

func (s *Server) sheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(sheet(language(r)))
}
