package page

import (
	"bytes"
	_ "embed"
	"html/template"

	"authlab/loadtest/message"
)

//go:embed page.html
var html string

// pageTemplate is the page without a language.
var pageTemplate = template.Must(template.New("page").Funcs(spoken(message.English)).Parse(html))

// spoken are what the template calls: say is a message in a language, and key the sentence with that key.
func spoken(l message.Language) template.FuncMap {
	return template.FuncMap{
		"say":      func(m message.Message) string { return Words(l, m) },
		"key":      func(key string) string { return Words(l, message.New(key)) },
		"svg":      func(c Chart) template.HTML { return c.SVG(l) },
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
