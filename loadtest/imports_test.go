package main

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/experiment/all"
)

// The stages of a run, from left to right. A stage may import what stands to its left, never what stands to its right.
var stages = []string{
	"message", "stats", "wire", "plan", "record", "report/page", "experiment", "experiment/all", "cluster", "credential", "load", "measure",
	"machine", "analysis", "selftest", "model", "model/simulation", "run", "report", "runarchive", "merge",
}

func TestDataFlowsOneWay(t *testing.T) {
	for i, stage := range stages {
		for _, dep := range deps(t, "authlab/loadtest/"+stage) {
			for _, right := range stages[i+1:] {
				if dep == "authlab/loadtest/"+right {
					t.Errorf("%s imports %s, which stands to its right", stage, right)
				}
			}
		}
	}
}

// offline is what reads a run. It works on a machine that has nothing but the run's folder.
var offline = []string{"message", "stats", "record", "measure", "analysis", "model", "model/simulation", "report", "report/page", "experiment", "experiment/all", "merge"}

// TestTheOfflineHalfIsOffline: what reads runs reaches nothing that makes them, no database and no other program.
func TestTheOfflineHalfIsOffline(t *testing.T) {
	live := []string{
		"authlab/loadtest/cluster", "authlab/loadtest/credential", "authlab/loadtest/load", "authlab/loadtest/run", "authlab/loadtest/wire",
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

// TestKindsStandAlone: a kind of experiment knows no other, and every kind's folder is in the list of kinds and says what
// it keeps.
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
		t.Fatalf("the list of dependencies is not what it should be: %v", own)
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

// TestKeyfileKnowsNobody: it is the one thing that the servers and the lab share.
func TestKeyfileKnowsNobody(t *testing.T) {
	for _, dep := range deps(t, "authlab/keyfile") {
		if strings.HasPrefix(dep, "authlab/") && dep != "authlab/keyfile" {
			t.Errorf("keyfile imports %s", dep)
		}
	}
}

func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}
