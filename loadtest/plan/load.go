package plan

import (
	"embed"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

//go:embed plans/*.yaml
var builtin embed.FS

// Names returns the names of the built-in plans: the comparisons, the single questions, and the long reference run.
func Names() []string {
	return []string{
		"quick", "bench", "algorithms", "revocation", "options", "cache", "claims", "store", "skew", "login", "memory",
		"exploits", "incidents", "million", "peers", "rows", "reference", TargetName,
	}
}

// Load returns the built-in plan called name. If name ends in .yaml or .yml, it reads the plan from the file at that
// path. Its error is one sentence that says what to change, with the line if the error is in the file. A plan may have
// the parts of kinds.
func Load(name string, kinds ...func() Part) (*Plan, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		text, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read the plan %s: %w", name, err)
		}
		return Parse(name, text, kinds...)
	}
	text, err := builtin.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no plan %q; the plans are %s, or give the path of a .yaml file", name, list(Names()))
	}
	return Parse(name+".yaml", text, kinds...)
}

// ToRun is Load for a run that is to come. It refuses what only plans of older runs have.
func ToRun(name string, kinds ...func() Part) (*Plan, error) {
	p, err := Load(name, kinds...)
	if err == nil && p.Demand != nil && p.Demand.Restarts > 0 {
		return nil, fmt.Errorf("%s: demand.restarts is called launches now: the processes stand side by side", name)
	}
	return p, err
}

// Parse reads a plan from YAML; errors refer to it as file. Unknown keys are errors with their line. The plan may have
// the parts of kinds.
func Parse(file string, text []byte, kinds ...func() Part) (*Plan, error) {
	p := &Plan{Users: 10_000, Seed: 1, Resolution: 0.05}
	parts, err := decode(text, p, kinds, yaml.Strict())
	if err != nil {
		return nil, errors.New(located(file, err))
	}
	p.Parts = parts
	if parts, err := parser.ParseBytes(text, 0); err == nil && len(parts.Docs) > 1 {
		return nil, fmt.Errorf("%s has %d documents, but a plan is one document: remove the text after the second ---",
			file, len(parts.Docs))
	}
	if err := wholeNumbers(file, text, kinds); err != nil {
		return nil, err
	}
	if err := p.check(kinds); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// decode reads a plan into p, and its parts. It gives the library one struct for both, so that anchors, merges and line
// numbers work as in one file.
func decode(text []byte, p *Plan, kinds []func() Part, options ...yaml.DecodeOption) (parts []Part, err error) {
	fields := []reflect.StructField{{Name: "Plan", Type: reflect.TypeFor[Plan](), Tag: `yaml:",inline"`}}
	for i, kind := range kinds {
		part := kind()
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprint("Part", i), Type: reflect.TypeOf(part), Tag: reflect.StructTag(`yaml:"` + part.Key() + `"`),
		})
	}
	file := reflect.New(reflect.StructOf(fields))
	file.Elem().Field(0).Set(reflect.ValueOf(*p))
	if err := yaml.UnmarshalWithOptions(text, file.Interface(), options...); err != nil {
		return nil, err
	}
	*p = file.Elem().Field(0).Interface().(Plan)
	for i := range kinds {
		if part := file.Elem().Field(i + 1); !part.IsNil() {
			parts = append(parts, part.Interface().(Part))
		}
	}
	return parts, nil
}

// wholeNumbers refuses 1.5 where a whole number belongs: the library drops the fraction. The text has already been
// parsed as a plan.
func wholeNumbers(file string, text []byte, kinds []func() Part) error {
	var wrong string
	seed := func(n *uint64, text []byte) (err error) {
		word := strings.TrimSpace(string(text))
		if *n, err = strconv.ParseUint(word, 0, 64); err != nil && wrong == "" {
			wrong = word
		}
		return err
	}
	number := func(n *int, text []byte) (err error) {
		word := strings.TrimSpace(string(text))
		if *n, err = strconv.Atoi(word); err != nil && wrong == "" {
			wrong = word
		}
		return err
	}
	_, err := decode(text, new(Plan), kinds, yaml.CustomUnmarshaler(seed), yaml.CustomUnmarshaler(number))
	if err == nil {
		return nil
	}
	for _, t := range lexer.Tokenize(string(text)) {
		if t.Value == wrong {
			return fmt.Errorf("%s:%d: %q is not a whole number", file, t.Position.Line, wrong)
		}
	}
	return fmt.Errorf("%s: %w", file, err)
}

// located turns the YAML library's error, a message above an excerpt of the source, into "file:line: message".
func located(file string, err error) string {
	var te *yaml.TypeError
	if errors.As(err, &te) && te.Token != nil {
		return fmt.Sprintf("%s:%d: %q is not %s", file, te.Token.Position.Line, te.Token.Value, kind(te.DstType))
	}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		return fmt.Sprintf("%s:%d: %s", file, ye.GetToken().Position.Line, ye.GetMessage())
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return file + ": " + first
}

// kind describes the values of type t.
func kind(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 50ms"
	case t.Kind() == reflect.String:
		return "a word"
	case t.Kind() == reflect.Slice:
		return "a list such as [1, 2]"
	case t.Kind() == reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// UnmarshalYAML accepts "auto" or a number of cores.
func (b *Budget) UnmarshalYAML(unmarshal func(any) error) error {
	var cores float64
	if err := unmarshal(&cores); err == nil {
		if !within(cores, math.SmallestNonzeroFloat64, mostCores) {
			return fmt.Errorf("budget must be auto or a number of cores above 0, up to %d, not %v", mostCores, cores)
		}
		*b = Budget(cores)
		return nil
	}
	var word string
	if err := unmarshal(&word); err != nil || word != "auto" {
		return fmt.Errorf("budget must be auto or a number of cores")
	}
	*b = Auto
	return nil
}

// MarshalYAML writes the form that UnmarshalYAML reads.
func (b Budget) MarshalYAML() (any, error) {
	if b == Auto {
		return "auto", nil
	}
	return float64(b), nil
}

// Text returns the plan as YAML, in the form that is kept with a run's results.
func (p *Plan) Text() []byte {
	text, err := yaml.Marshal(p)
	for _, part := range p.Parts {
		more, failed := yaml.Marshal(map[string]Part{part.Key(): part})
		text, err = append(text, more...), errors.Join(err, failed)
	}
	if err != nil {
		panic(err) // a Plan has no value that YAML cannot hold
	}
	return text
}
