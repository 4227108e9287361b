package report

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": func(head string) bool { return strings.HasPrefix(head, "#") },
	"title":  func(head string) string { return strings.TrimPrefix(head, "#") },
	"isNumber": func(t table, i int) bool {
		return i < len(t.Head) && strings.HasPrefix(t.Head[i], "#")
	},
}).Parse(page))
