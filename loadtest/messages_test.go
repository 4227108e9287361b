package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
)

// argument matches the arguments that a sentence of the catalogue names.
var argument = regexp.MustCompile(`\.(\w+)`)

// sentences returns those of the English catalogue, by key; one with several forms is all of them.
func sentences(t *testing.T) map[string]string {
	t.Helper()
	return sentencesIn(t, message.English)
}

func sentencesIn(t *testing.T, l message.Language) map[string]string {
	t.Helper()
	files, err := filepath.Glob("message/catalogue/*." + string(l) + ".yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue: %v", err)
	}
	all := map[string]string{}
	var walk func(key string, node any)
	walk = func(key string, node any) {
		switch node := node.(type) {
		case string:
			if all[key] != "" {
				t.Errorf("two files of the catalogue have %s", key)
			}
			all[key] = node
		case map[string]any:
			if other, forms := node["other"].(string); forms {
				one, _ := node["one"].(string)
				all[key] = one + other
				return
			}
			for name, below := range node {
				walk(strings.TrimPrefix(key+"."+name, "."), below)
			}
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(text, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		walk("", tree)
	}
	return all
}

// parsed gives each of the lab's files to a test, with its path. Files of tests are left out.
func parsed(t *testing.T, look func(path string, files *token.FileSet, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err == nil {
			look(path, files, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// called is the function of a call, and the package or variable before its point, if there is one.
func called(call *ast.CallExpr) (of, name string) {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		if id, ok := fun.X.(*ast.Ident); ok {
			of = id.Name
		}
		return of, fun.Sel.Name
	case *ast.Ident:
		return "", fun.Name
	}
	return "", ""
}

// templateKeys are the keys that the page's template names.
func templateKeys(t *testing.T) (keys []string) {
	t.Helper()
	for _, file := range []string{"page/page.html", "page/body.html"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`{{key "([^"]*)"}}`).FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, found[1])
		}
	}
	return keys
}

// lessons are the keys that the lesson makes of the names of its scenes; its own tests hold them.
var lessons = regexp.MustCompile(`^demo\.(scene|column|claim|page|card)\.|^demo\.deed\.forged-`)

// TestMessages: every message that the lab makes has a sentence, with all that the sentence names; and every sentence
// is said somewhere.
func TestMessages(t *testing.T) {
	catalogue := sentences(t)
	said := map[string]bool{ // whose keys are computed
		"list": true, "lack.descriptors": true, "lack.ports": true, "lack.memory": true,
		"tier.replica": true, "tier.store": true, "tier.balancer": true, "tier.generator": true,
		"event.needs-budgets.scaling": true, "event.needs-budgets.capacity": true, "event.needs-budgets.tiers": true,
		analysis.TooSlow: true,
	}
	for _, key := range templateKeys(t) {
		if said[key] = true; catalogue[key] == "" {
			t.Errorf("the page: no sentence is called %s", key)
		}
	}
	parsed(t, func(path string, _ *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			var words []string // its arguments; "" for one that is not a literal
			for _, a := range call.Args {
				word := ""
				if literal, ok := a.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					word, _ = strconv.Unquote(literal.Value)
				}
				words = append(words, word)
			}
			of, name := called(call)
			says := of == "message" && (name == "New" || name == "Say")
			switch {
			case name == "add" && len(words) > 1 && strings.Contains(words[1], "."):
				words = words[1:]
			case of == "page" && name == "Head": // of columns, whose names have no arguments
				for _, word := range words {
					key := strings.TrimPrefix(word, "#")
					if key == "" {
						continue // not a literal
					}
					if sentence, ok := catalogue[key]; !ok || strings.Contains(sentence, "{{") {
						t.Errorf("%s: no column is called %s", path, key)
					}
					said[key] = true
				}
				return true
			case says && words[0] != "" && words[0] != "text":
			default:
				return true
			}
			sentence, ok := catalogue[words[0]]
			if !ok {
				t.Errorf("%s: no sentence is called %s", path, words[0])
				return true
			}
			said[words[0]] = true
			for _, action := range regexp.MustCompile(`{{[^}]*}}`).FindAllString(sentence, -1) {
				for _, named := range argument.FindAllStringSubmatch(action, -1) {
					has := false
					for i := 1; i < len(words); i += 2 {
						has = has || words[i] == named[1]
					}
					if !has {
						t.Errorf("%s: %s names %s, which the message does not have", path, words[0], named[1])
					}
				}
			}
			return true
		})
	})
	for key := range catalogue {
		if !said[key] && !lessons.MatchString(key) {
			t.Errorf("%s is never used", key)
		}
	}
}

// worded are the folders whose words for people are all in the catalogue.
var worded = regexp.MustCompile(`^(analysis|belief|measure|stats|model|model/simulation|report|page|experiment|` +
	`experiment/(delays|exploit|logins|memory|replay|all))/[^/]+$`)

// unspoken are literals that are no sentences, however many words they have: markup, and commands to type.
var unspoken = regexp.MustCompile(`^\s*<|[a-z]="|^(make|git|bin/authlab) `)

// formatVerb is a verb of package fmt.
var formatVerb = regexp.MustCompile(`%[-+# 0-9.*]*[a-z]`)

// wordsOf are the words of a literal that a person may read: with markup, what is outside of it.
func wordsOf(literal string) []string {
	switch {
	case !regexp.MustCompile(`[A-Za-z]{2}`).MatchString(formatVerb.ReplaceAllString(literal, "")): // a figure's format
		return nil
	case !unspoken.MatchString(literal):
		return strings.Fields(literal)
	}
	if strings.ContainsAny(literal, "<=") {
		literal = regexp.MustCompile(`[\w-]+="[^"]*"?|</?[a-z]*|/?>`).ReplaceAllString(literal, " ")
		return regexp.MustCompile(`[A-Za-z]{2,}`).FindAllString(literal, -1)
	}
	return nil
}

// mostWords is how many words a literal may have there: with more it is a sentence.
const mostWords = 3

// TestLiteralsAreNoSentences: what figures mean is said by keys of the catalogue. Errors are free, and tags of fields.
func TestLiteralsAreNoSentences(t *testing.T) {
	looked := map[string]bool{}
	parsed(t, func(path string, files *token.FileSet, file *ast.File) {
		if !worded.MatchString(filepath.ToSlash(path)) {
			return
		}
		looked[filepath.ToSlash(filepath.Dir(path))] = true
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				n.Tag = nil
			case *ast.CallExpr:
				switch of, name := called(n); of + "." + name {
				case "fmt.Errorf", "errors.New", ".panic":
					return false
				}
			case *ast.BasicLit:
				text := ""
				if n.Kind == token.STRING {
					text, _ = strconv.Unquote(n.Value)
				}
				if len(wordsOf(text)) > mostWords {
					t.Errorf("%s says %q in Go: make it a key of the catalogue", files.Position(n.Pos()), text)
				}
			}
			return true
		})
	})
	for _, folder := range []string{
		"analysis", "belief", "measure", "stats", "model", "model/simulation", "report", "page", "experiment",
		"experiment/delays", "experiment/exploit", "experiment/logins", "experiment/memory", "experiment/replay",
	} {
		if !looked[folder] {
			t.Errorf("no file of %s was looked at", folder)
		}
	}
}
