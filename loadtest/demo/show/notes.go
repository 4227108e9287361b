package show

import (
	"encoding/json"
	"net/http"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// noted tells the teacher's notes every change of the state. They say before a step runs why it will go as it goes.
func (s *Server) noted(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	stream(w, r, func() (any, <-chan struct{}) {
		state, changed := s.config.Player.State()
		v := look(state, l, s.config.Root)
		v.Why = said(state.Scene.Words(state.Step).Why, l)
		v.Columns = [2]column{} // the evidence is on the other page
		return v, changed
	})
}

// sheetScene is a scene on the sheet for students. It has what is asked, and nothing that answers it: what the scene is
// about does.
type sheetScene struct {
	Title string      `json:"title"`
	Steps []sheetStep `json:"steps"`
}

type sheetStep struct {
	Title    string   `json:"title"`
	Say      string   `json:"say"`
	Question string   `json:"question,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Lines    bool     `json:"lines"` // the choices are lines of code
}

// sheet is the sheet for students, in a language.
func sheet(l message.Language) (all []sheetScene) {
	for _, s := range lesson.Scenes {
		scene := sheetScene{Title: said(s.Title(), l)}
		for i, step := range s.Steps {
			words := s.Words(i)
			one := sheetStep{
				Title: said(words.Title, l), Say: said(words.Say, l), Question: said(words.Bet, l), Lines: step.Puzzle != nil,
			}
			for _, c := range step.Bet {
				one.Choices = append(one.Choices, c.Words.In(l))
			}
			scene.Steps = append(scene.Steps, one)
		}
		all = append(all, scene)
	}
	return all
}

func (s *Server) sheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(sheet(language(r)))
}

// teaching are the words of the teacher's notes and of the sheet for students.
var teaching = map[string]message.Message{
	"apart":       message.New("demo.notes.apart"),
	"unprojected": message.New("demo.notes.unprojected"),
	"asks":        message.New("demo.notes.asks"),
	"placed":      message.New("demo.notes.placed"),
	"reason":      message.New("demo.notes.reason"),
	"sheet":       message.New("demo.sheet.title"),
	"task":        message.New("demo.sheet.task"),
	"name":        message.New("demo.sheet.name"),
	"happened":    message.New("demo.sheet.happened"),
	"saw":         message.New("demo.sheet.saw"),
	"print":       message.New("demo.sheet.print"),
}
