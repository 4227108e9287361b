package show

import (
	"net/http"
	"strconv"

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
		v.Time = said(timing(state.Scene), l)
		v.Columns = [2]column{} // the evidence is on the other page
		return v, changed
	})
}

// timing says how long a scene takes, and which plans have it.
func timing(s lesson.Scene) message.Message {
	var plans []string
	for _, p := range lesson.Plans {
		if p.Has(s.Name) {
			plans = append(plans, strconv.Itoa(p.Minutes))
		}
	}
	if len(plans) == 0 {
		return message.New("demo.notes.time", "minutes", s.Minutes)
	}
	return message.New("demo.notes.planned", "minutes", s.Minutes, "plans", plans)
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
	"answers":     message.New("demo.sheet.answers"),
	"depends":     message.New("demo.sheet.depends"),
	"terms":       message.New("demo.sheet.terms"),
}
