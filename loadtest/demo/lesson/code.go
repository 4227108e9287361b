package lesson

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Source is a place in the code, found.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"` // the first is 1; 0 where the sources are not here
	Text string `json:"text"` // the lines from there to the end of what begins there
}

// longestSource is how many lines of code are shown.
const longestSource = 40

// Find looks the place up in the repository at root. The error says that the line is missing, or that there are
// several.
func (c Code) Find(root string) (Source, error) {
	found := Source{File: c.File}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.File)))
	if err != nil {
		return found, err
	}
	lines := strings.Split(string(text), "\n")
	for i, l := range lines {
		if !strings.HasPrefix(l, c.Line) {
			continue
		}
		if found.Line > 0 {
			return found, fmt.Errorf("%s: two lines begin with %q", c.File, c.Line)
		}
		found.Line = i + 1
		found.Text = whole(lines[i:])
	}
	if found.Line == 0 {
		return found, fmt.Errorf("%s: no line begins with %q", c.File, c.Line)
	}
	return found, nil
}

// whole returns a declaration: up to the first line that begins with a closing bracket.
func whole(lines []string) string {
	for i, l := range lines[:min(len(lines), longestSource)] {
		if strings.HasPrefix(l, "}") {
			return strings.Join(lines[:i+1], "\n")
		}
	}
	return strings.Join(lines[:min(len(lines), longestSource)], "\n")
}
