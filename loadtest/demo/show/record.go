package show

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/message"
)

//go:embed recorded
var recordedFiles embed.FS

// Recording is a lesson that was played, to be shown without servers.
type Recording struct {
	root  string
	date  string
	steps []*RecordedStep
}

// NewRecording returns an empty one. Root is the repository.
func NewRecording(root string, at time.Time) *Recording {
	return &Recording{root: root, date: at.UTC().Format(time.DateOnly)}
}

// RecordedStep is how a step went.
type RecordedStep struct {
	Scene  string                                 `json:"scene"`
	Step   int                                    `json:"step"`
	Frames []frame                                `json:"frames"`
	Picks  map[message.Language]map[string]string `json:"picks,omitempty"` // what explains each choice
	root   string
	began  time.Time
}

// frame is what is seen from a time on, in each language.
type frame struct {
	At    int64                     `json:"at"` // milliseconds
	Views map[message.Language]view `json:"views"`
}

// Step begins a step.
func (r *Recording) Step(s lesson.Scene, step int) *RecordedStep {
	made := &RecordedStep{Scene: s.Name, Step: step, root: r.root, began: time.Now()}
	if s.Steps[step].Puzzle != nil {
		made.Picks = map[message.Language]map[string]string{}
		for _, l := range message.Languages() {
			made.Picks[l] = map[string]string{}
			for _, c := range s.Steps[step].Bet {
				made.Picks[l][c.Name] = said(s.Pick(step, c.Name), l)
			}
		}
	}
	r.steps = append(r.steps, made)
	return made
}

// Drop forgets the steps from one on, which are played again.
func (r *Recording) Drop(from int) { r.steps = r.steps[:from] }

// Len is how many steps it has.
func (r *Recording) Len() int { return len(r.steps) }

// See records a state.
func (s *RecordedStep) See(state player.State) {
	f := frame{At: time.Since(s.began).Milliseconds(), Views: map[message.Language]view{}}
	for _, l := range message.Languages() {
		f.Views[l] = look(state, l, s.root)
	}
	s.Frames = append(s.Frames, f)
}

// recordedPolicy lets the page of a recorded run load its own files, also from a disk, and connect to nothing.
const recordedPolicy = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file:; " +
	"base-uri 'none'; form-action 'none'"

// Write writes the page of the recording into a folder. It works from a disk and on any server of files.
func (r *Recording) Write(dir string) error {
	page, err := fs.Sub(files, "page")
	if err != nil {
		return err
	}
	own, err := fs.Sub(recordedFiles, "recorded")
	if err != nil {
		return err
	}
	recording, err := r.script()
	if err != nil {
		return err
	}
	written := map[string]string{"recording.js": recording}
	for _, p := range []struct{ html, module, script string }{
		{"index.html", "main.js", "page.js"}, {"sheet.html", "sheet.js", "sheet.js"},
	} {
		if written[p.script], err = bundle(page, p.module, map[string]fs.FS{"link.js": own}); err != nil {
			return err
		}
		text, err := fs.ReadFile(page, p.html)
		if err != nil {
			return err
		}
		if written[p.html], err = plainly(string(text), p.module, p.script); err != nil {
			return err
		}
		for _, name := range append(styles(written[p.html]), "icon.svg") {
			text, err := fs.ReadFile(page, name)
			if err != nil {
				return err
			}
			written[name] = string(text)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range written {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// plainly has a page load the recording and a plain script in place of a module.
func plainly(html, module, script string) (string, error) {
	load := `<script type="module" src="` + module + `"></script>`
	if !strings.Contains(html, load) {
		return "", fmt.Errorf("the page does not load %s by %s", module, load)
	}
	return strings.Replace(html, load,
		`<meta http-equiv="Content-Security-Policy" content="`+recordedPolicy+`">`+"\n"+
			`<script defer src="recording.js"></script>`+"\n"+`<script defer src="`+script+`"></script>`, 1), nil
}

// RecordedRun is the page of the recorded run of the repository at root, and the report that it links to.
func RecordedRun(root string) http.Handler {
	mux := http.NewServeMux()
	run := http.StripPrefix("/demo", http.FileServerFS(os.DirFS(filepath.Join(root, "results", "demo"))))
	mux.HandleFunc("GET /demo/", func(w http.ResponseWriter, r *http.Request) {
		guarded(w.Header())
		run.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /reference/report.html", reported(root))
	return mux
}

// ServeRecorded serves the recorded run until ctx ends.
func ServeRecorded(ctx context.Context, root string, l net.Listener) error {
	return serve(ctx, l, RecordedRun(root))
}

// styles are the style sheets that a page loads.
func styles(html string) (names []string) {
	for part := range strings.SplitSeq(html, `<link rel="stylesheet" href="`) {
		if name, _, ok := strings.Cut(part, `"`); ok && strings.HasSuffix(name, ".css") {
			names = append(names, name)
		}
	}
	return names
}

// script is the recording as a script, which a page can load from a disk, where it can fetch nothing.
func (r *Recording) script() (string, error) {
	outlines, sheets := map[message.Language]outlined{}, map[message.Language]paper{}
	for _, l := range message.Languages() {
		o := outline(l, allLabels(), r.root)
		o.Recorded = r.date
		if o.Report != "" {
			o.Report = "../reference/report.html"
		}
		outlines[l], sheets[l] = o, sheet(l)
	}
	text, err := json.Marshal(map[string]any{"outlines": outlines, "sheets": sheets, "steps": r.steps})
	if err != nil {
		return "", err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return "", err
	}
	f := folder{numbers: map[string]int{}}
	root := f.fold(tree)
	folded, err := json.Marshal(map[string]any{"nodes": f.nodes, "root": root})
	if err != nil {
		return "", err
	}
	return "globalThis.recording = " + string(folded) + ";\n", nil
}

// folder stores once what occurs again: one step in two languages, or at two times, differs little.
type folder struct {
	numbers map[string]int
	nodes   []any
}

// shortest is how many bytes of JSON are worth a reference.
const shortest = 24

// fold returns a value, or a reference to it.
func (f *folder) fold(v any) any {
	switch parts := v.(type) {
	case map[string]any:
		for key, part := range parts {
			parts[key] = f.fold(part)
		}
	case []any:
		for i, part := range parts {
			parts[i] = f.fold(part)
		}
	}
	text, _ := json.Marshal(v)
	if len(text) < shortest {
		return v
	}
	n, known := f.numbers[string(text)]
	if !known {
		n = len(f.nodes)
		f.numbers[string(text)] = n
		f.nodes = append(f.nodes, json.RawMessage(text))
	}
	return map[string]any{"$": n}
}
