package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
)

//go:embed page.html
var html string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": numeric,
	"title":  func(head string) string { return strings.TrimPrefix(head, "#") },
	"isNumber": func(t Table, i int) bool {
		return i < len(t.Head) && numeric(t.Head[i])
	},
}).Parse(html))

// HTML writes the document as one page.
func (d Document) HTML() ([]byte, error) {
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, d)
	return out.Bytes(), err
}
