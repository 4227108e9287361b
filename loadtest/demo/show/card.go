package show

import (
	"net/http"
	"os"
	"path/filepath"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// finding is a line of the card that ends the lesson, in a language.
type finding struct {
	Need  string        `json:"need"`
	Take  string        `json:"take"`
	Scene string        `json:"scene"`
	Step  int           `json:"step"`
	Claim string        `json:"claim"` // an id of the report
	Code  lesson.Source `json:"code"`
}

// card is the card in a language. Root is the repository.
func card(l message.Language, root string) (all []finding) {
	for _, f := range lesson.Card {
		found, _ := f.Code.Find(root) // without the sources the name of the file is shown
		all = append(all, finding{said(f.Need(), l), said(f.Take(), l), f.Scene, f.Step, f.Claim, found})
	}
	return all
}

// reportPolicy lets the committed report run the script and the style that are in it, apart from the page that links to
// it: it has no origin, so it can neither read the lesson nor steer it.
const reportPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; " +
	"style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// report is the file of the committed report; "" where it is not here.
func report(root string) string {
	file := filepath.Join(root, "results", "reference", "report.html")
	if _, err := os.Stat(file); root == "" || err != nil {
		return ""
	}
	return file
}

// reported serves the committed report.
func reported(root string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		file := report(root)
		if file == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", reportPolicy)
		http.ServeFile(w, r, file)
	}
}
