package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	"authlab/loadtest/message"
)

//go:embed page.html body.html
var html embed.FS

//go:embed style.css
var style string

//go:embed script/language.js
var languageScript template.JS

// pageTemplate is the page without a language. All that a reader sees of it is in its template "body", which stands for
// itself, so that one page can hold it in several languages.
var pageTemplate = template.Must(template.New("page.html").Funcs(spoken(message.English)).ParseFS(html, "*.html"))

// spoken are what the template calls: say is a message in a language, and key the sentence with that key.
func spoken(l message.Language) template.FuncMap {
	return template.FuncMap{
		"say":       func(m any) string { return kept(Words(l, Plain(m).Text)) },
		"key":       func(key string) string { return kept(Words(l, message.New(key))) },
		"sentences": func(s message.Sentence) []message.Message { return sentences(s.Message) },
		"badge":     func(s State) string { return Words(l, stateNames[s]) },
		"wide":      func(c Chart) template.HTML { return c.SVG(l, Wide) },
		"narrow":    func(c Chart) template.HTML { return c.SVG(l, Narrow) },
		"style":     func() template.CSS { return template.CSS(style + liveStyle) },
		"language":  func() message.Language { return l },
		"others":    l.Others,
		"named":     func(l message.Language) string { return Words(l, message.New("page.language")) },
		"isNumber":  func(t Table, i int) bool { return i < len(t.Head) && t.Head[i].Numbers },
		"table":     func(id string, t Table) anchored { return anchored{id, t} },
		"place":     func(section string, i int) string { return fmt.Sprintf("%s-table-%d", section, i+1) },
		"contents":  func(t Table) string { return Words(l, message.New("page.rows", "count", t.lines())) },
	}
}

// sentences are those that a message is made of, each to be read alone; none of no message.
func sentences(m message.Message) []message.Message {
	if all, listed := m.Args["sentences"].([]message.Message); listed {
		return all
	}
	if m.IsZero() {
		return nil
	}
	return []message.Message{m}
}

// anchored is a table with its anchor.
type anchored struct {
	ID string
	Table
}

// bodies are what a page shows, in each of its languages.
type bodies struct {
	Title   message.Message
	Shown   template.HTML
	Waiting map[message.Language]template.HTML
	Script  template.JS
	Live    template.HTML
}

// HTML writes the document as one page. It shows one language, and holds the others for a button to switch to.
func (d Document) HTML(l message.Language) ([]byte, error) {
	b := bodies{Title: d.Title, Waiting: map[message.Language]template.HTML{}, Script: languageScript}
	text, err := render("body", l, d)
	if err != nil {
		return nil, err
	}
	b.Shown = template.HTML(text)
	for _, other := range l.Others() {
		text, err := render("body", other, d)
		if err != nil {
			return nil, err
		}
		b.Waiting[other] = template.HTML(text)
	}
	if b.Live, err = d.Live.HTML(append(l.Others(), l)...); err != nil {
		return nil, err
	}
	return render("page.html", l, b)
}

// render writes a part of the page in a language.
func render(part string, l message.Language, data any) ([]byte, error) {
	var out bytes.Buffer
	own, err := pageTemplate.Clone()
	if err == nil {
		err = own.Funcs(spoken(l)).ExecuteTemplate(&out, part, data)
	}
	return out.Bytes(), err
}
