package show

import (
	"encoding/json"
	"maps"
	"net/url"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/message"
)

// glanced is the state as the audience sees it. It has no header, no body, no command and no key of a store, because
// those have credentials, and none of the teacher's notes, because those have the answer.
type glanced struct {
	Plan     int             `json:"plan"` // its minutes; 0 for all scenes
	Scene    string          `json:"scene"`
	Step     int             `json:"step"`
	Phase    player.Phase    `json:"phase"`
	Left     int64           `json:"left,omitempty"` // milliseconds until it goes on
	Title    string          `json:"title"`
	Say      string          `json:"say"`
	Question string          `json:"question,omitempty"`
	Choices  []choice        `json:"choices,omitempty"`
	Lines    bool            `json:"lines"` // the choices are lines of code
	Hints    []string        `json:"hints,omitempty"`
	Vote     string          `json:"vote,omitempty"`  // this browser's
	Votes    map[string]int  `json:"votes,omitempty"` // of all, after the outcome
	Won      string          `json:"won,omitempty"`
	Why      string          `json:"why,omitempty"`
	Code     []lesson.Source `json:"code,omitempty"`
	Row      string          `json:"row,omitempty"`
	Columns  [2]aside        `json:"columns"`
}

// aside is one side as the audience sees it.
type aside struct {
	Head    string        `json:"head"`
	Deeds   []sight       `json:"deeds,omitempty"`
	Lookups *int          `json:"lookups,omitempty"` // questions to the store, where that is known
	Clock   *lesson.Clock `json:"clock,omitempty"`
	Race    *raced        `json:"race,omitempty"`
}

// sight is a deed as the audience sees it: something told, or a request.
type sight struct {
	Told    string `json:"told,omitempty"`
	Who     string `json:"who,omitempty"`
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"`
	Status  int    `json:"status,omitempty"`
	Replica int    `json:"replica"`
	Says    string `json:"says,omitempty"`
}

// glance is the state in a language, for the audience. Root is the repository.
func glance(s player.State, l message.Language, root string) glanced {
	full := look(s, l, root)
	g := glanced{
		Plan: full.Plan, Scene: full.Scene, Step: full.Step, Phase: full.Phase, Left: full.Left, Title: full.Title,
		Say: full.Say, Question: full.Question,
		Choices: full.Choices, Lines: full.Lines, Hints: full.Hints, Won: full.Won, Why: full.Why, Code: full.Code,
		Row: full.Row,
	}
	if s.Phase == player.Shown {
		g.Votes = s.Votes
	}
	for _, side := range lesson.Sides {
		g.Columns[side] = sideways(full.Columns[side], s.Evidence[side], l)
	}
	return g
}

func sideways(c column, e *lesson.Evidence, l message.Language) aside {
	a := aside{Head: c.Head, Race: c.Race}
	if e == nil {
		return a
	}
	a.Clock = e.Clock
	if e.Store != nil && e.Store.Overheard {
		a.Lookups = &e.Store.Lookups
	}
	for _, d := range e.Deeds {
		if d.Told != nil {
			a.Deeds = append(a.Deeds, sight{Told: said(*d.Told, l)})
			continue
		}
		x := d.Exchange
		s := sight{Who: x.Who, Method: x.Request.Method, Status: x.Status(), Replica: x.Replica, Says: gist(x.Answer.Body)}
		if at, err := url.Parse(x.Request.URL); err == nil {
			s.Path = at.Path
		}
		a.Deeds = append(a.Deeds, s)
	}
	return a
}

// gist is what of an answer may be told: why it is refused, or whom it calls the user.
func gist(body string) string {
	var said struct {
		Detail, Name, Role string
		User               struct{ Name, Role string }
	}
	if json.Unmarshal([]byte(body), &said) != nil {
		return "" // a list, or nothing
	}
	switch {
	case said.Detail != "":
		return said.Detail
	case said.Name != "":
		return said.Name + ", " + said.Role
	case said.User.Name != "":
		return said.User.Name + ", " + said.User.Role
	}
	return ""
}

// at is how a step went when it was last shown, or the step as it is before it runs; ok is false for no step.
func (a *Audience) at(scene string, step int) (s player.State, ok bool) {
	found, ok := lesson.Named(scene)
	if !ok || step < 0 || step >= len(found.Steps) {
		return s, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if seen, ok := a.seen[spot{scene, step}]; ok {
		return seen, true
	}
	return player.State{Scene: found, Step: step, Phase: player.Building}, true
}

// audienceWords are the words of the audience's page, and of the charts in it.
func audienceWords() map[string]message.Message {
	all := maps.Clone(charted)
	maps.Copy(all, audienceLabels)
	return all
}

// audienceLabels are the words of the audience's page, by the names that its files use.
var audienceLabels = map[string]message.Message{
	"title":     message.New("demo.page.title"),
	"scenes":    message.New("demo.page.scenes"),
	"language":  message.New("demo.page.language"),
	"back":      message.New("demo.page.back"),
	"next":      message.New("demo.page.next"),
	"follow":    message.New("demo.audience.follow"),
	"follows":   message.New("demo.audience.follows"),
	"roams":     message.New("demo.audience.roams"),
	"building":  message.New("demo.page.building"),
	"ready":     message.New("demo.audience.ready"),
	"running":   message.New("demo.page.running"),
	"left":      message.New("demo.page.left"),
	"shown":     message.New("demo.page.shown"),
	"failed":    message.New("demo.audience.failed"),
	"lacking":   message.New("demo.audience.lacking"),
	"unseen":    message.New("demo.audience.unseen"),
	"lost":      message.New("demo.audience.lost"),
	"refused":   message.New("demo.audience.refused"),
	"right":     message.New("demo.page.right"),
	"wrong":     message.New("demo.page.wrong"),
	"was":       message.New("demo.page.was"),
	"why":       message.New("demo.page.why"),
	"code":      message.New("demo.page.code"),
	"row":       message.New("demo.page.row"),
	"nothing":   message.New("demo.page.nothing"),
	"onLeft":    message.New("demo.page.on-left"),
	"onRight":   message.New("demo.page.on-right"),
	"clock":     message.New("demo.page.clock"),
	"seconds":   message.New("demo.page.seconds"),
	"replica":   message.New("demo.page.replica"),
	"nobody":    message.New("demo.page.nobody"),
	"lookups":   message.New("demo.page.lookups"),
	"votes":     message.New("demo.page.votes"),
	"correct":   message.New("demo.page.correct"),
	"incorrect": message.New("demo.page.incorrect"),
	"hint":      message.New("demo.page.hint"),
	"ending":    message.New("demo.page.ending"),
	"which":     message.New("demo.page.which"),
	"seen":      message.New("demo.page.seen"),
	"measured":  message.New("demo.page.measured"),
}
