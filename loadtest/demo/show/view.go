package show

import (
	"time"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/message"
)

// view is the state as a page shows it, in one language. What only the outcome tells is missing before it.
type view struct {
	Version  int             `json:"version"`
	Plan     int             `json:"plan"` // its minutes; 0 for all scenes
	Scene    string          `json:"scene"`
	Step     int             `json:"step"`
	Steps    int             `json:"steps"`
	Phase    player.Phase    `json:"phase"`
	Failures []string        `json:"failures,omitempty"`
	Left     int64           `json:"left,omitempty"` // milliseconds until it goes on
	Title    string          `json:"title"`
	Say      string          `json:"say"`
	Question string          `json:"question,omitempty"`
	Choices  []choice        `json:"choices,omitempty"`
	Lines    bool            `json:"lines"` // the choices are lines of code
	Hints    []string        `json:"hints,omitempty"`
	Pick     string          `json:"pick,omitempty"` // about the bet on a line
	Bet      string          `json:"bet,omitempty"`
	Votes    map[string]int  `json:"votes,omitempty"` // of the audience, by the names of the choices
	Won      string          `json:"won,omitempty"`
	Why      string          `json:"why,omitempty"`
	Notes    string          `json:"notes"`
	Time     string          `json:"time,omitempty"` // that the scene takes, for the teacher
	Code     []lesson.Source `json:"code,omitempty"`
	Row      string          `json:"row,omitempty"`
	Columns  [2]column       `json:"columns"`
}

type choice struct {
	Name  string `json:"name"`
	Words string `json:"words"`
	// Called is how a sentence names it, where that is not by its words: see lesson.Step.
	Called string `json:"called,omitempty"`
}

// column is one side of the view.
type column struct {
	Head    string        `json:"head"`
	Deeds   []deed        `json:"deeds,omitempty"`
	Owner   string        `json:"owner,omitempty"`
	Kept    []lesson.Kept `json:"kept,omitempty"`
	Token   *token        `json:"token,omitempty"`
	Store   *lesson.Store `json:"store,omitempty"`
	Clock   *lesson.Clock `json:"clock,omitempty"`
	Race    *raced        `json:"race,omitempty"`
	Without string        `json:"without,omitempty"` // where logins are, if not in a store
	Looked  bool          `json:"looked"`            // whether there is any evidence yet
}

type deed struct {
	Told     string           `json:"told,omitempty"`
	Exchange *lesson.Exchange `json:"exchange,omitempty"`
}

type token struct {
	Raw       [3]string `json:"raw"`
	Header    string    `json:"header"`
	Claims    []claim   `json:"claims"`
	Signature int       `json:"signature"`
}

type claim struct {
	lesson.Claim
	Means string `json:"means"`
}

// said is a message as a page shows it.
func said(m message.Message, l message.Language) string { return message.Unbroken(m.In(l)) }

// look is the state in a language. Root is the repository.
func look(s player.State, l message.Language, root string) view {
	step, words := s.Scene.Steps[s.Step], s.Scene.Words(s.Step)
	v := view{
		Version: s.Version, Plan: s.Plan.Minutes,
		Scene: s.Scene.Name, Step: s.Step, Steps: len(s.Scene.Steps), Phase: s.Phase,
		Title: said(words.Title, l), Say: said(words.Say, l), Question: said(words.Bet, l), Notes: said(words.Notes, l),
		Bet: s.Bet, Votes: s.Votes,
	}
	if s.Phase == player.Building || s.Phase == player.Running {
		v.Left = max(0, time.Until(s.Until).Milliseconds())
	}
	for _, why := range s.Failures {
		v.Failures = append(v.Failures, said(why, l))
	}
	v.Lines = step.Puzzle != nil
	for i, c := range step.Bet {
		offered := choice{Name: c.Name, Words: said(c.Words, l)}
		if v.Lines {
			offered.Words, offered.Called = c.Words.In(l), said(step.Called(i), l) // the words are code
		}
		v.Choices = append(v.Choices, offered)
	}
	for _, hint := range s.Scene.Hints(s.Step) {
		v.Hints = append(v.Hints, said(hint, l))
	}
	if s.Phase == player.Shown {
		v.Pick = said(s.Scene.Pick(s.Step, s.Bet), l)
		v.Won, v.Why, v.Row = s.Won, said(words.Why, l), step.Row
		for _, c := range step.Code {
			found, _ := c.Find(root) // without the sources the name of the file is shown
			v.Code = append(v.Code, found)
		}
	}
	for _, side := range lesson.Sides {
		v.Columns[side] = beside(s.Scene.Columns[side], s.Evidence[side], l)
	}
	level(v.Columns[lesson.Left].Race, v.Columns[lesson.Right].Race)
	return v
}

// beside is one column.
func beside(c lesson.Column, e *lesson.Evidence, l message.Language) column {
	v := column{Head: said(c.Head(), l)}
	if e == nil {
		return v
	}
	v.Looked, v.Owner, v.Kept, v.Store, v.Clock = true, e.Owner, e.Browser, e.Store, e.Clock
	v.Race = racing(e.Race)
	if e.Store == nil {
		v.Without = said(c.Without(), l)
	}
	for _, d := range e.Deeds {
		if d.Told != nil {
			v.Deeds = append(v.Deeds, deed{Told: said(*d.Told, l)})
			continue
		}
		x := *d.Exchange
		x.Answer.Body = lesson.Pretty(x.Answer.Body)
		v.Deeds = append(v.Deeds, deed{Exchange: &x})
	}
	if t := e.Token; t != nil {
		v.Token = &token{Raw: t.Raw, Header: t.Header, Signature: t.Signature}
		for _, c := range t.Claims {
			v.Token.Claims = append(v.Token.Claims, claim{c, said(c.Means(), l)})
		}
	}
	return v
}
