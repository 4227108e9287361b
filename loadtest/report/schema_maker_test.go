package report

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/stats"
)

// maker makes a JSON Schema from Go types and from the comments of their fields.
type maker struct {
	*testing.T
	definitions map[string]any
	packages    map[string]source
}

// source is what a package's files say of its types.
type source struct {
	types  map[string]*ast.TypeSpec
	docs   map[string]string   // the comments of types
	values map[string][]string // the constants of a type
}

// ownJSON are the types whose JSON is not that of their fields.
var ownJSON = map[reflect.Type]map[string]any{
	reflect.TypeFor[message.Sentence](): {"type": "string"},
	reflect.TypeFor[time.Time]():        {"type": "string", "format": "date-time"},
	reflect.TypeFor[time.Duration]():    {"type": "integer"},
	reflect.TypeFor[stats.Interval](): {
		"type": "object", "required": []string{"center", "high", "low"},
		"description": "A figure with the bounds of its 95 % interval; null is infinite.",
		"properties": map[string]any{
			"center": map[string]any{"type": []string{"number", "null"}, "description": "the figure"},
			"low":    map[string]any{"type": []string{"number", "null"}, "description": "the lower bound"},
			"high":   map[string]any{"type": []string{"number", "null"}, "description": "the upper bound"},
		},
	},
}

// of is the schema of a type. A struct's is a definition of its own.
func (m *maker) of(t reflect.Type) map[string]any {
	if s, ok := ownJSON[t]; ok {
		return s
	}
	if t == reflect.TypeFor[message.Message]() {
		m.Fatal("report.json has a message.Message: use message.Sentence, whose JSON is its text")
	}
	if t.Kind() == reflect.Pointer {
		if list, ok := onlyList(t); ok {
			return m.of(list)
		}
		return m.of(t.Elem())
	}
	switch t.Kind() {
	case reflect.Struct:
		return m.reference(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": m.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": m.of(t.Elem())}
	case reflect.String:
		s := map[string]any{"type": "string"}
		if t.PkgPath() != "" {
			if values := m.source(t.PkgPath()).values[t.Name()]; len(values) > 0 {
				s["examples"] = values // not an enumeration: a value may be added without a new version
			}
		}
		return s
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		return map[string]any{"type": "integer"}
	}
	if t.Kind() == reflect.Float64 {
		return map[string]any{"type": "number"}
	}
	m.Fatalf("report.json has a value of type %v: say in `ownJSON` of schema_maker_test.go what its JSON is", t)
	return nil
}

// onlyList is the list that the findings of a kind of experiment are in JSON.
func onlyList(t reflect.Type) (list reflect.Type, ok bool) {
	if !t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	for f := range t.Elem().Fields() {
		if f.IsExported() {
			if list != nil || f.Type.Kind() != reflect.Slice {
				return nil, false
			}
			list = f.Type
		}
	}
	return list, list != nil
}

// reference refers to the definition of a struct, and makes it where there is none yet.
func (m *maker) reference(t reflect.Type) map[string]any {
	name := filepath.Base(t.PkgPath()) + "." + t.Name()
	if m.definitions[name] == nil {
		m.definitions[name] = true // a type may be a part of itself
		m.definitions[name] = m.object(t)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// object is the schema of a struct.
func (m *maker) object(t reflect.Type) map[string]any {
	if t.Implements(reflect.TypeFor[json.Marshaler]()) && t != reflect.TypeFor[Data]() {
		m.Fatalf("%v writes its own JSON: say in `ownJSON` of schema_maker_test.go what that is", t)
	}
	properties, required := map[string]any{}, []string{}
	m.fields(t, properties, &required)
	return map[string]any{
		"type": "object", "properties": properties, "required": required,
		"description": m.doc(t),
	}
}

// doc is a type's comment, as one of its values is described.
func (m *maker) doc(t reflect.Type) string {
	return predicate(m.source(t.PkgPath()).docs[t.Name()], t.Name())
}

// predicate is a comment without its subject, where that is the name of what it describes.
func predicate(text, name string) string {
	for _, verb := range []string{" is ", " are "} {
		if rest, ok := strings.CutPrefix(text, name+verb); ok {
			return rest
		}
	}
	return text
}

// fields adds the members that a struct has in JSON.
func (m *maker) fields(t reflect.Type, properties map[string]any, required *[]string) {
	said, names := m.comments(t)
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			m.fields(f.Type, properties, required)
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			m.Errorf("%v.%s is in report.json: say with a tag, such as `json:\"bytes_in\"`, how it is called there", t, f.Name)
		}
		if said[f.Name] == "" && !m.saysItself(f.Type) {
			m.Errorf("%v.%s is %q in report.json, and nothing says what that is: write a comment above the field or behind it",
				t, f.Name, name)
		}
		s := maps.Clone(m.of(f.Type))
		if said[f.Name] != "" {
			s["description"] = renamed(predicate(said[f.Name], f.Name), names)
		}
		// Lists of this package are [] where they are empty. Those of others may be null, unless they are left out.
		if f.Type.Kind() == reflect.Slice && options == "" && t.PkgPath() != reflect.TypeFor[Data]().PkgPath() {
			s["type"] = []string{"array", "null"}
		}
		properties[name] = s
		if options == "" {
			*required = append(*required, name)
		}
	}
}

// saysItself reports whether a type's own comment says enough of a field: of a struct, or a list of them, unless it is
// the arithmetic of any figure.
func (m *maker) saysItself(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !strings.HasSuffix(t.PkgPath(), "/stats") &&
		m.source(t.PkgPath()).docs[t.Name()] != ""
}

// comments are what a struct's fields say of themselves, by their names in Go, and their names in JSON. A field without
// a comment above it may share an earlier one that names it.
func (m *maker) comments(t reflect.Type) (said, names map[string]string) {
	said, names = map[string]string{}, map[string]string{}
	spec := m.source(t.PkgPath()).types[t.Name()]
	if spec == nil {
		m.Fatalf("the type %v is not found in its package", t)
	}
	var shared []string
	for _, f := range spec.Type.(*ast.StructType).Fields.List {
		above, behind := oneLine(f.Doc), oneLine(f.Comment)
		if above != "" {
			shared = append(shared, above)
		}
		for _, name := range f.Names {
			text := above
			for _, other := range shared {
				if above == "" && regexp.MustCompile(`\b`+name.Name+`\b`).MatchString(other) {
					text = other
				}
			}
			said[name.Name] = strings.TrimSpace(strings.Join([]string{text, behind}, " "))
			if f.Tag != nil {
				tag, _ := strconv.Unquote(f.Tag.Value)
				names[name.Name], _, _ = strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			}
		}
	}
	return said, names
}

// acronym matches words that are English too.
var acronym = regexp.MustCompile(`^[A-Z]{2,}$`)

// renamed is a comment with the names that fields have in JSON.
func renamed(text string, names map[string]string) string {
	return regexp.MustCompile(`\b[A-Z]\w*`).ReplaceAllStringFunc(text, func(word string) string {
		if name := names[word]; name != "" && name != "-" && !acronym.MatchString(word) {
			return name
		}
		return word
	})
}

func oneLine(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(c.Text()), " ")
}

// source reads the files of a package of this module.
func (m *maker) source(path string) source {
	if s, ok := m.packages[path]; ok {
		return s
	}
	files, err := filepath.Glob(filepath.Join("..", strings.TrimPrefix(path, "authlab/loadtest/"), "*.go"))
	if err != nil || len(files) == 0 {
		m.Fatalf("the package %s has no files here: %v", path, err)
	}
	s := source{map[string]*ast.TypeSpec{}, map[string]string{}, map[string][]string{}}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			m.Fatal(err)
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				s.read(g)
			}
		}
	}
	m.packages[path] = s
	return s
}

// read adds the types and the constants of a declaration.
func (s source) read(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.types[spec.Name.Name] = spec
			s.docs[spec.Name.Name] = oneLine(g.Doc)
			if spec.Doc != nil {
				s.docs[spec.Name.Name] = oneLine(spec.Doc)
			}
		case *ast.ValueSpec:
			of, typed := spec.Type.(*ast.Ident)
			if g.Tok != token.CONST || !typed || len(spec.Values) == 0 {
				continue
			}
			if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				value, _ := strconv.Unquote(text.Value)
				s.values[of.Name] = append(s.values[of.Name], value)
			}
		}
	}
}
