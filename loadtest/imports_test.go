package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/experiment/all"
)

// The stages of a run, from left to right. A stage may import stages to its left, never those to its right.
var stages = []string{
	"message", "stats", "jar", "wire", "plan", "record", "page", "experiment", "experiment/all", "tape", "cluster",
	"credential", "load", "measure", "vegeta",
	"machine", "analysis", "selftest", "model", "model/simulation", "choice", "run", "report", "runarchive",
	"merge",
	"demo/stand", "demo/lesson", "demo/player", "demo/play", "demo/show", "demo",
}

func TestDataFlowsOneWay(t *testing.T) {
	for i, stage := range stages {
		for _, dep := range deps(t, "authlab/loadtest/"+stage) {
			for _, right := range stages[i+1:] {
				if dep == "authlab/loadtest/"+right {
					t.Errorf("%s imports %s, which is to its right", stage, right)
				}
			}
		}
	}
}

// offline are the packages that read a run. They work on a machine that has only the run's folder.
var offline = []string{
	"message", "stats", "record", "measure", "analysis", "model", "model/simulation", "choice", "report",
	"page", "experiment", "experiment/all", "jar", "merge",
}

// TestTheOfflineHalfIsOffline: packages that read runs import none that makes them, no database and no way to run
// programs.
func TestTheOfflineHalfIsOffline(t *testing.T) {
	live := []string{
		"authlab/loadtest/cluster", "authlab/loadtest/credential", "authlab/loadtest/load", "authlab/loadtest/run",
		"authlab/loadtest/tape", "authlab/loadtest/wire",
		"github.com/jackc/", "github.com/redis/", "modernc.org/sqlite", "github.com/tsenart/vegeta", "os/exec",
	}
	for _, pkg := range offline {
		for _, dep := range deps(t, "authlab/loadtest/"+pkg) {
			for _, no := range live {
				if dep == no || strings.HasPrefix(dep, strings.TrimSuffix(no, "/")+"/") {
					t.Errorf("%s reaches %s", pkg, dep)
				}
			}
		}
	}
}

// TestKindsStandAlone: a kind of experiment knows no other kind. Every kind's folder is in the list of kinds, and is
// documented.
func TestKindsStandAlone(t *testing.T) {
	entries, err := os.ReadDir("experiment")
	if err != nil {
		t.Fatal(err)
	}
	var folders, listed []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && e.Name() != "experimenttest" {
			folders = append(folders, e.Name())
		}
	}
	told, err := os.ReadFile("../results/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range all.Kinds {
		listed = append(listed, kind.Name())
		if !strings.Contains(string(told), "`raw/"+kind.Name()+".jsonl`") {
			t.Errorf("results/README.md does not say what is in raw/%s.jsonl", kind.Name())
		}
		golden, err := os.ReadFile("report/testdata/full.json")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(golden), "\n  \""+kind.Name()+"\": ") {
			t.Errorf("no golden report has the kind %s", kind.Name())
		}
	}
	if slices.Sort(listed); !slices.Equal(folders, listed) {
		t.Errorf("the kinds listed in experiment/all are %v, and there are %v", listed, folders)
	}
	for _, kind := range folders {
		for _, dep := range deps(t, "authlab/loadtest/experiment/"+kind) {
			if of := path.Dir(dep); of == "authlab/loadtest/experiment" && path.Base(dep) != kind {
				t.Errorf("the kind %s imports %s", kind, dep)
			}
		}
	}
}

func TestTheLabKnowsTheServersByHTTPOnly(t *testing.T) {
	own := deps(t, "authlab/loadtest")
	if !slices.Contains(own, "authlab/loadtest/plan") {
		t.Fatalf("the list of dependencies is wrong: %v", own)
	}
	for _, dep := range own {
		if strings.HasPrefix(dep, "authlab/servers") {
			t.Errorf("the lab imports %s", dep)
		}
	}
	for _, dep := range deps(t, "authlab/servers/...") {
		if strings.HasPrefix(dep, "authlab/loadtest") {
			t.Errorf("a server imports %s", dep)
		}
	}
}

// TestKeyfileImportsNeitherSide: it is the only package that the servers and the lab share.
func TestKeyfileImportsNeitherSide(t *testing.T) {
	for _, dep := range deps(t, "authlab/keyfile") {
		if strings.HasPrefix(dep, "authlab/") && dep != "authlab/keyfile" {
			t.Errorf("keyfile imports %s", dep)
		}
	}
}

// words match the terms of a platform that no other package for clusters may use, by the platform's package.
var words = map[string]*regexp.Regexp{
	"docker": regexp.MustCompile(`(?i)\b(docker|compose|container|engine|image)s?\b`),
}

// TestOnlyTheListKnowsThePlatforms: a platform is a package, and a line in platforms.go.
func TestOnlyTheListKnowsThePlatforms(t *testing.T) {
	files := sources(t)
	for _, p := range platforms {
		path, folder := packageOf(p)
		imported, named, said := regexp.MustCompile(`"`+path+`"`), regexp.MustCompile(`"`+p.Name()+`"`),
			words[filepath.Base(path)]
		in := map[string]int{} // matches in the platform's own package: without any, the search would find nothing anywhere
		for file, text := range files {
			own := strings.HasPrefix(file, folder)
			if imported.MatchString(text) {
				in["import"]++
				if file != "platforms.go" && !isOfAPlatform(file) { // a platform may use another
					t.Errorf("%s imports %s, which is for platforms.go alone", file, path)
				}
			}
			for what, found := range map[string]bool{
				"name":  named.MatchString(text) && !keepsRecord(file, p.Name()),
				"words": said != nil && strings.HasPrefix(file, "cluster/") && said.MatchString(text) && !speaksOfTargets(file),
			} {
				if found && own {
					in[what]++
				}
				if found && !own {
					t.Errorf("%s has the %s of the platform %s", file, what, p.Name())
				}
			}
		}
		if in["import"] == 0 || in["name"] == 0 || said != nil && in["words"] == 0 {
			t.Errorf("matches of the platform %s: %v", p.Name(), in)
		}
	}
}

// packageOf returns a platform's package, and its folder.
func packageOf(p platform.Platform) (path, folder string) {
	path = reflect.TypeOf(p).PkgPath()
	return path, strings.TrimPrefix(path, "authlab/loadtest/") + "/"
}

func isOfAPlatform(file string) bool {
	return slices.ContainsFunc(platforms, func(p platform.Platform) bool {
		_, folder := packageOf(p)
		return strings.HasPrefix(file, folder)
	})
}

// keepsRecord allows the one name that old runs share, and a field of JSON that is about processes.
func keepsRecord(file, name string) bool {
	return (file == "analysis/comparable.go" || file == "experiment/faults.go") && name == analysis.FirstPlatform &&
		name == platforms[0].Name()
}

// speaksOfTargets allows texts about servers that already run.
func speaksOfTargets(file string) bool { return file == "cluster/owned.go" }

// sources returns the texts of the lab's files, without tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// listed are the packages of both sides, with all that each imports. They are listed once, because that takes a second.
var listed = sync.OnceValues(func() (map[string][]string, error) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`,
		"authlab/loadtest/...", "authlab/servers/...", "authlab/keyfile").Output()
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		names := strings.Fields(line)
		all[names[0]] = names // go list -deps has the package itself too
	}
	return all, err
})

// deps are a package and all that it imports, and what they import. A name that ends in /... is of all packages below.
func deps(t *testing.T, pkg string) (names []string) {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for name, imported := range all {
		if below, many := strings.CutSuffix(pkg, "..."); name == pkg || many && strings.HasPrefix(name, below) {
			names = append(names, imported...)
		}
	}
	if len(names) == 0 {
		t.Fatalf("go list knows no package %s", pkg)
	}
	return names
}
