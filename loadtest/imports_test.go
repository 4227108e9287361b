package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The stages of a run, from left to right. A stage may import what stands to its left, never what stands to its right.
var stages = []string{"message", "stats", "wire", "plan", "record", "cluster", "credential", "load", "measure", "experiment/all", "machine", "analysis", "selftest", "model", "model/simulation", "report", "parcel"}

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
