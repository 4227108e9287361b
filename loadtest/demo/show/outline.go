package show

import (
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// named is a language that a viewer may choose.
type named struct {
	Code message.Language `json:"code"`
	Name string           `json:"name"` // in that language
}

// languages are those that a viewer may choose.
func languages() (all []named) {
	for _, l := range message.Languages() {
		all = append(all, named{l, said(message.New("demo.page.own"), l)})
	}
	return all
}

// outlined is what of a lesson never changes, in one language.
type outlined struct {
	Language  message.Language  `json:"language"`
	Languages []named           `json:"languages"`
	Words     map[string]string `json:"words"`
	Scenes    []sceneOutline    `json:"scenes"`
	Plans     []planOutline     `json:"plans"`              // the first one has all scenes
	Audience  string            `json:"audience,omitempty"` // the address of its page
	Recorded  string            `json:"recorded,omitempty"` // when it was; "" for what happens now
	Card      []finding         `json:"card"`
	Report    string            `json:"report,omitempty"` // the address of the committed report
}

type sceneOutline struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	About string   `json:"about"`
	Steps []string `json:"steps"`
}

// planOutline is a choice of scenes.
type planOutline struct {
	Minutes int      `json:"minutes"`
	Title   string   `json:"title"`
	Scenes  []string `json:"scenes"`
}

// outline is the lesson's outline, with the words of a page. Root is the repository.
func outline(l message.Language, words map[string]message.Message, root string) outlined {
	o := outlined{Language: l, Languages: languages(), Words: map[string]string{}, Card: card(l, root)}
	if report(root) != "" {
		o.Report = "report.html"
	}
	for name, m := range words {
		o.Words[name] = said(m, l)
	}
	for _, s := range lesson.Scenes {
		scene := sceneOutline{Name: s.Name, Title: said(s.Title(), l), About: said(s.About(), l)}
		for i := range s.Steps {
			scene.Steps = append(scene.Steps, said(s.Words(i).Title, l))
		}
		o.Scenes = append(o.Scenes, scene)
	}
	o.Plans = []planOutline{planned(lesson.Plan{}, message.New("demo.plan.whole"), l)}
	for _, p := range lesson.Plans {
		o.Plans = append(o.Plans, planned(p, message.New("demo.plan.minutes", "minutes", p.Minutes), l))
	}
	return o
}

func planned(p lesson.Plan, title message.Message, l message.Language) planOutline {
	o := planOutline{Minutes: p.Minutes, Title: said(title, l)}
	for _, s := range lesson.Scenes {
		if p.Has(s.Name) {
			o.Scenes = append(o.Scenes, s.Name)
		}
	}
	return o
}

// labels are the words of the page itself, by the names that its files use.
var labels = map[string]message.Message{
	"title":     message.New("demo.page.title"),
	"scenes":    message.New("demo.page.scenes"),
	"plan":      message.New("demo.plan.title"),
	"language":  message.New("demo.page.language"),
	"notes":     message.New("demo.page.notes"),
	"back":      message.New("demo.page.back"),
	"run":       message.New("demo.page.run"),
	"next":      message.New("demo.page.next"),
	"replay":    message.New("demo.page.replay"),
	"building":  message.New("demo.page.building"),
	"ready":     message.New("demo.page.ready"),
	"running":   message.New("demo.page.running"),
	"shown":     message.New("demo.page.shown"),
	"failed":    message.New("demo.page.failed"),
	"lost":      message.New("demo.page.lost"),
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
	"asked":     message.New("demo.page.asked"),
	"worked":    message.New("demo.page.worked"),
	"path":      message.New("demo.page.path"),
	"browser":   message.New("demo.page.browser"),
	"balancer":  message.New("demo.page.balancer"),
	"replica":   message.New("demo.page.replica"),
	"nobody":    message.New("demo.page.nobody"),
	"store":     message.New("demo.page.store"),
	"request":   message.New("demo.page.request"),
	"answer":    message.New("demo.page.answer"),
	"curl":      message.New("demo.page.curl"),
	"copy":      message.New("demo.page.copy"),
	"copied":    message.New("demo.page.copied"),
	"keeps":     message.New("demo.page.keeps"),
	"empty":     message.New("demo.page.empty"),
	"cookie":    message.New("demo.page.cookie"),
	"variable":  message.New("demo.page.variable"),
	"readable":  message.New("demo.page.readable"),
	"hidden":    message.New("demo.page.hidden"),
	"token":     message.New("demo.page.token"),
	"decoded":   message.New("demo.page.decoded"),
	"verified":  message.New("demo.page.verified"),
	"header":    message.New("demo.page.header"),
	"payload":   message.New("demo.page.payload"),
	"signature": message.New("demo.page.signature"),
	"bytes":     message.New("demo.page.bytes"),
	"holds":     message.New("demo.page.holds"),
	"silent":    message.New("demo.page.silent"),
	"lookups":   message.New("demo.page.lookups"),
	"unheard":   message.New("demo.page.unheard"),
	"uncounted": message.New("demo.page.uncounted"),
	"lives":     message.New("demo.page.lives"),
	"hint":      message.New("demo.page.hint"),
	"join":      message.New("demo.page.join"),
	"votes":     message.New("demo.page.votes"),
	"correct":   message.New("demo.page.correct"),
	"incorrect": message.New("demo.page.incorrect"),
	"recorded":  message.New("demo.page.recorded"),
	"ending":    message.New("demo.page.ending"),
	"which":     message.New("demo.page.which"),
	"seen":      message.New("demo.page.seen"),
	"measured":  message.New("demo.page.measured"),
	"left":      message.New("demo.page.left"),
}
