package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/report"
)

// members is the table of results/README.md: what report.json has, as its schema says.
func members(t *testing.T) string {
	t.Helper()
	var schema struct {
		Required   []string
		Properties map[string]struct {
			Type        any
			Description string
		}
	}
	if err := json.Unmarshal(report.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| member | in every report | what it is |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		m := schema.Properties[name]
		if m.Type == "array" {
			name += "[]"
		}
		always := ""
		if slices.Contains(schema.Required, strings.TrimSuffix(name, "[]")) {
			always = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, always, m.Description)
	}
	return b.String()
}

// TestREADMEListsWhatReportsHave: the page lists the members of report.json. go test ./loadtest -run README -update
func TestREADMEListsWhatReportsHave(t *testing.T) {
	const page, from, to = "../results/README.md", "<!-- report.json -->\n", "<!-- end of report.json -->\n"
	before, rest, found := strings.Cut(readPage(t, page), from)
	shown, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("%s has no place for the members of report.json, between %s and %s", page, from, to)
	}
	if want := members(t); *update {
		writePage(t, page, before+from+want+to+after)
	} else if shown != want {
		t.Errorf("%s lists other members of report.json than its schema: go test ./loadtest -run README -update", page)
	}
}

// TestTheSchemaIsPrinted: a program that reads reports gets it from the one that writes them.
func TestTheSchemaIsPrinted(t *testing.T) {
	var out, told bytes.Buffer
	if code := authlab(t.Context(), []string{"report", "--schema"}, &out, &told); code != 0 ||
		!bytes.Equal(out.Bytes(), report.Schema) {
		t.Errorf("exit %d, %d bytes: %s", code, out.Len(), told.String())
	}
	if code := authlab(t.Context(), []string{"report", "--schema", "a-run"}, &out, &told); code != askedWrong ||
		!strings.Contains(told.String(), "--schema is of every run") {
		t.Errorf("exit %d: %s", code, told.String())
	}
}
