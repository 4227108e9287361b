package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/all"
)

const (
	schemaFile = "report.schema.json"
	rewrite    = "go test ./loadtest/report -run Schema -update writes the schema again"
)

// schemaOfTypes is the schema that the types and their comments make.
func schemaOfTypes(t *testing.T) map[string]any {
	t.Helper()
	m := &maker{T: t, definitions: map[string]any{}, packages: map[string]source{}}
	s := m.object(reflect.TypeFor[Data]())
	properties := s["properties"].(map[string]any)
	found := analysis.Compare(runs()["full"]).Experiments
	for _, kind := range all.Kinds {
		i := slices.IndexFunc(found, func(f analysis.Found) bool { return f.Kind == kind.Name() })
		if i < 0 {
			t.Fatalf("the plan `everything` of report_test.go does not ask for %s: add it, so that its JSON is described",
				kind.Name())
		}
		list, ok := onlyList(reflect.TypeOf(found[i].Findings))
		if !ok {
			t.Fatalf("the Findings of %s are not the only list in their struct, and MarshalJSON of the pointer does not write "+
				"it: let them, so that their JSON is described", kind.Name())
		}
		member := m.of(list)
		member["description"] = m.doc(list.Elem())
		properties[kind.Name()] = member
	}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = "urn:authlab:report"
	s["title"] = "report.json of an authlab run"
	s["$defs"] = m.definitions
	properties["schema_version"].(map[string]any)["const"] = SchemaVersion
	return s
}

// TestSchemaIsThatOfTheTypes: every field of report.json is in the schema, and says what it is.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want, err := json.MarshalIndent(schemaOfTypes(t), "", "  ")
	if err != nil || t.Failed() {
		t.Fatal("some fields say nothing of themselves", err)
	}
	want = append(want, '\n')
	if bytes.Equal(want, Schema) {
		return
	}
	if gone := vanished(t, Schema, want); len(gone) > 0 && versionOf(t, Schema) == versionOf(t, want) {
		t.Fatalf("readers of version %d of report.json know %s, which is gone or of another type: keep it, or raise "+
			"SchemaVersion in data.go", SchemaVersion, strings.Join(gone, ", "))
	}
	if !*update {
		t.Fatalf("%s is not that of the types of report.json: %s", schemaFile, rewrite)
	}
	if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// vanished names what an older schema has and a newer one lacks, or has with another type.
func vanished(t *testing.T, older, newer []byte) (gone []string) {
	t.Helper()
	before, after := flat(t, older), flat(t, newer)
	for name, of := range before {
		if now, ok := after[name]; !ok || now != of {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return gone
}

// flat are the members of all objects of a schema, with their types.
func flat(t *testing.T, schema []byte) map[string]string {
	t.Helper()
	type member struct {
		Type, Items any
		Ref         string `json:"$ref"`
	}
	type object struct {
		Properties map[string]member
		Required   []string
	}
	var s struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		t.Fatal(err)
	}
	members := map[string]string{}
	add := func(of string, o object) {
		for name, m := range o.Properties {
			members[of+name] = fmt.Sprint(m.Type, m.Items, m.Ref)
		}
		for _, name := range o.Required {
			members[of+name+" in every report"] = ""
		}
	}
	add("", s.object)
	for name, o := range s.Defs {
		add(name+".", o)
	}
	return members
}

func versionOf(t *testing.T, schema []byte) int {
	t.Helper()
	var s struct {
		Properties struct {
			Version struct{ Const int } `json:"schema_version"`
		}
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		t.Fatal(err)
	}
	return s.Properties.Version.Const
}

// closed is the schema without room for members that it does not describe. The published one has room, so that it stays
// valid for the reports of later programs.
func closed(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	shut(s.(map[string]any))
	for _, definition := range s.(map[string]any)["$defs"].(map[string]any) {
		shut(definition.(map[string]any))
	}
	return compiled(t, s)
}

func shut(object map[string]any) { object["additionalProperties"] = false }

func compiled(t *testing.T, schema any) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schemaFile, schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemaHoldsForEveryReport: the goldens, the runs that are committed, and all others of this package's tests.
func TestSchemaHoldsForEveryReport(t *testing.T) {
	reports := map[string][]byte{}
	for _, pattern := range []string{"testdata/*.json", "../../results/*/report.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no reports match %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			reports[name] = text
		}
	}
	for name, run := range runs() {
		text, err := encode(dataOf(analysed(run)))
		if err != nil {
			t.Fatal(err)
		}
		reports["run "+name] = text
	}
	schema := closed(t)
	for name, text := range reports {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s is not as %s says. A field that is new there needs a comment in Go; then %s. A committed run is "+
				"written again by: authlab report results/NAME\n%v", name, schemaFile, rewrite, err)
		}
	}
}

// TestSchemaRefuses: what no report may have.
func TestSchemaRefuses(t *testing.T) {
	good, err := encode(dataOf(analysed(runs()["full"])))
	if err != nil {
		t.Fatal(err)
	}
	published, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	open := compiled(t, published)
	for _, test := range []struct {
		from, to string
		refused  bool
	}{
		{`"plan": "everything"`, `"plan": "everything", "later": 1`, false}, // a later program's field
		{`"plan": "everything"`, `"plan": 7`, true},
		{`"plan": "everything"`, `"planned": "everything"`, true},
		{`"center"`, `"middle"`, true},
		{`"schema_version": 1`, `"schema_version": 2`, true},
		{`"floor": {`, `"floor": null, "roof": {`, true},
	} {
		text := bytes.Replace(good, []byte(test.from), []byte(test.to), 1)
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil || bytes.Equal(text, good) {
			t.Fatal(test, err)
		}
		if err := open.Validate(v); (err != nil) != test.refused {
			t.Errorf("with %s: %v, want refused %v", test.to, err, test.refused)
		}
	}
}

// TestSchemaSaysWhatIsGone: a version promises that no field of it goes.
func TestSchemaSaysWhatIsGone(t *testing.T) {
	older := []byte(`{"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "e": {}}, "required": ["b", "e"],
		"$defs": {"x": {"properties": {"c": {"$ref": "y"}}}}}`)
	newer := []byte(`{"properties": {"b": {"type": "number"}, "d": {"type": "string"}, "e": {}}, "required": ["b"],
		"$defs": {"x": {"properties": {"c": {"$ref": "z"}}}}}`)
	if got := vanished(t, older, newer); !slices.Equal(got, []string{"a", "b", "e in every report", "x.c"}) {
		t.Errorf("gone: %v", got)
	}
}
