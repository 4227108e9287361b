package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// goFiles returns the texts of all Go files of the project, tests among them.
func goFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, root := range []string{"../keyfile", "../loadtest", "../scripts", "../servers"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			files[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 500 {
		t.Fatalf("only %d Go files were found", len(files))
	}
	return files
}

// TestLinesAreShort is what golangci-lint says too, which takes minutes to build.
func TestLinesAreShort(t *testing.T) {
	for file, text := range goFiles(t) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if long := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); long > 120 {
				t.Errorf("%s:%d has %d characters, more than 120", file, n, long)
			}
		}
	}
}

// TestEveryPackageSaysWhatItIsFor: each package begins with a sentence about itself, in one of its files.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]string{}
	for file, text := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		said[filepath.Dir(file)] += parsed.Doc.Text()
	}
	for folder, text := range said {
		if !regexp.MustCompile(`(?i)^(package|command)? ?` + regexp.QuoteMeta(commandOf(folder)) + `\b`).MatchString(text) {
			t.Errorf("the package in %s does not say what it is for: its comment is %q", folder, text)
		}
	}
}

// commandOf is the name of a folder's package or command.
func commandOf(folder string) string {
	switch folder {
	case "../loadtest":
		return "authlab"
	case "../scripts/peers":
		return "peerd"
	}
	return filepath.Base(folder)
}

// TestStagesHaveAnExample: the packages that a newcomer meets first show how they are used.
func TestStagesHaveAnExample(t *testing.T) {
	for _, pkg := range []string{"plan", "record", "analysis", "experiment"} {
		text, err := os.ReadFile(filepath.Join(pkg, "example_test.go"))
		if err != nil || !regexp.MustCompile(`(?s)func Example.*// (Unordered o|O)utput:`).Match(text) {
			t.Errorf("%s has no example with an output: %v", pkg, err)
		}
	}
}
