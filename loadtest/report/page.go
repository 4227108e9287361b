package report

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": numeric,
	"title":  func(head string) string { return strings.TrimPrefix(head, "#") },
	"isNumber": func(t table, i int) bool {
		return i < len(t.Head) && numeric(t.Head[i])
	},
}).Parse(page))
