package belief

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Section shows what a run says of every belief: those that it tests first.
func Section(all []Finding) page.Section {
	t := page.Table{
		Open: true,
		Head: page.Head("belief.head-claim", "belief.head-verdict", "belief.head-found", "belief.head-source"),
	}
	for _, tested := range []bool{true, false} {
		for _, f := range all {
			if (f.Verdict != Untested) != tested {
				continue
			}
			found := page.Plain(f.Said)
			if tested { // only then there is something to see
				found.To = "#" + f.Section
			}
			t.Rows = append(t.Rows, page.Row{ID: f.ID, Grey: !tested, Cells: []page.Cell{
				page.Plain(f.Claim), page.Plain(f.Words), found,
				{Text: message.Text(f.Source.Title), To: f.Source.URL},
			}})
		}
	}
	return page.Section{
		ID: "beliefs", Title: message.New("belief.title"), Text: []message.Message{message.New("belief.text")},
		Tables: []page.Table{t},
	}
}
