package page

import (
	"bytes"
	"embed"
	"html/template"

	"authlab/loadtest/message"
)

//go:embed page.html body.html
var html embed.FS

//go:embed style.css
var style string

// pageTemplate is the page without a language. All that a reader sees of it is in its template "body", which stands for
// itself, so that one page can hold it in several languages.
var pageTemplate = template.Must(template.New("page.html").Funcs(spoken(message.English)).ParseFS(html, "*.html"))

// spoken are what the template calls: say is a message in a language, and key the sentence with that key.
func spoken(l message.Language) template.FuncMap {
	return template.FuncMap{
		"say":      func(m message.Message) string { return Words(l, m) },
		"key":      func(key string) string { return Words(l, message.New(key)) },
		"svg":      func(c Chart) template.HTML { return c.SVG(l) },
		"style":    func() template.CSS { return template.CSS(style) },
		"language": func() message.Language { return l },
		"isNumber": func(t Table, i int) bool { return i < len(t.Head) && t.Head[i].Numbers },
	}
}

// HTML writes the document as one page.
func (d Document) HTML(l message.Language) ([]byte, error) {
	var out bytes.Buffer
	own, err := pageTemplate.Clone()
	if err == nil {
		err = own.Funcs(spoken(l)).Execute(&out, d)
	}
	return out.Bytes(), err
}
