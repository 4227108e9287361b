package browser

import _ "embed"

//go:embed audit.js
var audit string

// Audit looks at what of the page is rendered now, and says what is wrong with it: ids that are not unique, a page that
// scrolls sideways, headings out of order, controls without a name, and text with a contrast below 4.5, which WCAG 2.2
// asks for (1.4.3).
func (p *Page) Audit() []string {
	p.t.Helper()
	return Eval[[]string](p, audit)
}

// OpenFolds opens everything that is folded.
func (p *Page) OpenFolds() {
	p.t.Helper()
	Eval[int](p, "document.querySelectorAll('details').forEach(d => { d.open = true }), 0")
}
