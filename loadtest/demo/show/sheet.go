package show

import (
	"encoding/json"
	"net/http"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// paper is the sheet for students. It has what is asked, and nothing that answers it: what a scene is about does.
type paper struct {
	Plans  []sheetPlan  `json:"plans"` // the first one has all scenes
	Terms  []string     `json:"terms"` // what the sheet takes as known
	Scenes []sheetScene `json:"scenes"`
}

// sheetPlan is a choice of scenes to be printed.
type sheetPlan struct {
	Title  string   `json:"title"`
	Scenes []string `json:"scenes"`
}

type sheetScene struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Sides string      `json:"sides"` // what stands left and right, which the answers speak of
	Steps []sheetStep `json:"steps"`
}

type sheetStep struct {
	Title    string   `json:"title"`
	Say      string   `json:"say"`
	Question string   `json:"question,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Lines    bool     `json:"lines"` // the choices are lines of code
}

// terms are the words of the lesson that the sheet explains.
var terms = []message.Message{
	message.New("demo.sheet.term.people"), message.New("demo.sheet.term.replica"), message.New("demo.sheet.term.redis"),
	message.New("demo.sheet.term.token"), message.New("demo.sheet.term.statuses"),
}

// sheet is the sheet for students, in a language.
func sheet(l message.Language) paper {
	all := sheetPlan{Title: said(message.New("demo.sheet.whole"), l)}
	var p paper
	for _, s := range lesson.Scenes {
		all.Scenes = append(all.Scenes, s.Name)
		p.Scenes = append(p.Scenes, sheetOf(s, l))
	}
	p.Plans = []sheetPlan{all}
	for _, plan := range lesson.Plans {
		p.Plans = append(p.Plans, sheetPlan{said(message.New("demo.sheet.plan", "minutes", plan.Minutes), l), plan.Scenes})
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
		}
		for _, c := range step.Bet {
			one.Choices = append(one.Choices, c.Words.In(l))
		}
		scene.Steps = append(scene.Steps, one)
	}
	return scene
}

func (s *Server) sheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(sheet(language(r)))
}
