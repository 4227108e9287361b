package plan

import (
	"embed"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

//go:embed plans/*.yaml
var builtin embed.FS

// Names returns the names of the built-in plans: the comparison, the questions, and the comparison with patience.
func Names() []string {
	return []string{"quick", "bench", "algorithms", "revocation", "options", "cache", "claims", "login", "memory", "million", "peers", "rows", "reference", TargetName}
}

// Load returns the plan called name, or the one in the file at that path when it ends in .yaml or .yml. Its error is one
// sentence that says what to change, with the line where the file itself is at fault. A plan may have the parts of kinds.
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

// Parse reads a plan from YAML; file is what errors call it. Unknown keys are errors with their line. The plan may have the
// parts of kinds.
func Parse(file string, text []byte, kinds ...func() Part) (*Plan, error) {
	p := &Plan{Users: 10_000, Seed: 1, Resolution: 0.05}
	parts, err := decode(text, p, kinds, yaml.Strict())
	if err != nil {
		return nil, errors.New(located(file, err))
	}
	p.Parts = parts
	if err := wholeNumbers(file, text, kinds); err != nil {
		return nil, err
	}
	if err := p.check(kinds); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// decode reads a plan into p and its parts apart. The error is one that located can place.
func decode(text []byte, p *Plan, kinds []func() Part, options ...yaml.DecodeOption) ([]Part, error) {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	if n := len(tree.Docs); n > 1 {
		return nil, fmt.Errorf("it has %d documents, and a plan is one: remove what follows the second ---", n)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil, nil
	}
	root := tree.Docs[0].Body
	parts, err := takeParts(root, kinds, options...)
	if err != nil {
		return nil, err
	}
	return parts, yaml.NodeToValue(root, p, options...)
}

// wholeNumbers refuses 1.5 where a whole number belongs: the library drops what follows the point. The text is known to be
// a plan otherwise.
func wholeNumbers(file string, text []byte, kinds []func() Part) error {
	var wrong string
	seed := func(n *uint64, text []byte) (err error) {
		word := strings.TrimSpace(string(text))
		if *n, err = strconv.ParseUint(word, 0, 64); err != nil && wrong == "" {
			wrong = word
		}
		return err
	}
	_, err := decode(text, new(Plan), kinds, yaml.CustomUnmarshaler(seed), yaml.CustomUnmarshaler(func(n *int, text []byte) (err error) {
		word := strings.TrimSpace(string(text))
		if *n, err = strconv.Atoi(word); err != nil && wrong == "" {
			wrong = word
		}
		return err
	}))
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

// located turns the YAML library's error, a message over a picture of the source, into "file:line: message".
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

// kind says what a field of type t holds.
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

// MarshalYAML writes what UnmarshalYAML reads.
func (b Budget) MarshalYAML() (any, error) {
	if b == Auto {
		return "auto", nil
	}
	return float64(b), nil
}

// Text returns the plan as YAML, as it is kept beside a run's results.
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

func (p *Plan) check(kinds []func() Part) error {
	switch {
	case p.Name == "":
		return errors.New("name is missing")
	case p.Limit < 0 || p.Limit > longest:
		return fmt.Errorf("limit must be a duration such as 90s, up to %v, or absent for as long as it takes", longest)
	case p.Users < 1 || p.Users > MostUsers:
		return fmt.Errorf("users must be between 1 and %d, not %d", MostUsers, p.Users)
	case !(p.Resolution > 0 && p.Resolution < 1):
		return fmt.Errorf("resolution must be between 0 and 1, not %v", p.Resolution)
	case p.Target != nil && (p.Demand != nil || p.Ladder != nil || p.Tiers != nil || p.Scaling != nil || p.Latency != nil || p.Capacity != nil || len(p.Parts) > 0):
		return errors.New("target stands alone: the other stages start servers of their own, and compare them")
	case p.Target != nil && len(p.Schemes) > 1:
		return errors.New("a plan with a target has one scheme at most: the one that it runs")
	case len(p.Schemes) == 0 && p.Target == nil:
		return errors.New("schemes is empty: name at least one row, such as session-redis")
	case p.Demand == nil && p.Ladder == nil && p.Scaling == nil && p.Latency == nil && p.Capacity == nil && len(p.Parts) == 0 && p.Target == nil:
		names := []string{"demand", "ladder", "scaling", "latency", "capacity"}
		for _, kind := range kinds {
			names = append(names, kind().Key())
		}
		return fmt.Errorf("nothing to measure: give at least one of %s, target", strings.Join(names, ", "))
	}
	all := p.Schemes
	if p.Demand != nil {
		all = slices.Concat(all, p.Demand.Also)
	}
	for i, name := range all {
		s, err := SchemeNamed(name)
		if err != nil {
			return err
		}
		if slices.Contains(all[:i], name) {
			return fmt.Errorf("schemes names %s twice", name)
		}
		if room := s.Room(); room > 0 && s.Shown == 1 && p.Users > room {
			return fmt.Errorf("a replica of %s remembers %d logins, and the plan has %d users: most of them would be strangers to it", name, room, p.Users)
		}
	}
	if err := first(p.Demand.check(), p.Ladder.check(), p.Tiers.check(), p.Scaling.check(), p.Latency.check(),
		p.Capacity.check(), p.Target.check()); err != nil {
		return err
	}
	for _, part := range p.Parts {
		if err := part.Check(p); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demand) check() error {
	if d == nil {
		return nil
	}
	if d.Restarts < 1 || d.Restarts > MostStarts || d.Rounds < d.Restarts {
		return fmt.Errorf("demand needs restarts from 1 to %d and at least as many rounds, not %d and %d", MostStarts,
			d.Restarts, d.Rounds)
	}
	return checkLoad("demand", d.Slice, d.Rounds, d.Connections)
}

func (t *Tiers) check() error {
	if t == nil {
		return nil
	}
	return checkLoad("tiers", t.Slice, t.Rounds, t.Connections)
}

func (s *Scaling) check() error {
	if s == nil {
		return nil
	}
	if !rising(s.Replicas) {
		return fmt.Errorf("scaling.replicas must rise, between 1 and 64, not %v", s.Replicas)
	}
	if s.HeldOut != 0 && (s.HeldOut != s.Replicas[len(s.Replicas)-1] || len(s.Replicas) < 3) {
		return fmt.Errorf("scaling.held_out must be the largest of three or more scaling.replicas, and %d of %v is not", s.HeldOut, s.Replicas)
	}
	if s.Budget != Auto && s.Budget < MinBudget {
		return fmt.Errorf("scaling.budget must be at least %v cores: the kernel grants no less than 1 ms in each 20 ms", float64(MinBudget))
	}
	return checkLoad("scaling", s.Slice, s.Rounds, s.Connections)
}

func (l *Latency) check() error {
	if l == nil {
		return nil
	}
	if l.Arrivals == "" {
		l.Arrivals = Poisson
	}
	switch {
	case l.Replicas < 1 || l.Replicas > 64:
		return fmt.Errorf("latency.replicas must be between 1 and 64, not %d", l.Replicas)
	case len(l.Rates) == 0:
		return errors.New("latency.rates is empty: name at least one, in requests a second")
	case l.Samples < 1 || l.Samples > mostSamples:
		return fmt.Errorf("latency.samples must be between 1 and %d, not %d", mostSamples, l.Samples)
	case l.Arrivals != Poisson && l.Arrivals != Constant:
		return fmt.Errorf("latency.arrivals must be poisson or constant, not %q", l.Arrivals)
	}
	return first(checkRates("latency", l.Rates), checkLoad("latency", l.Slice, 1, 1))
}

// The most that a plan may ask for: far more than any has, and little enough to be added up.
const (
	MostUsers       = 1_000_000
	mostRounds      = 100_000
	MostStarts      = 1_000
	MostConnections = 1_024
	mostSamples     = 100_000_000
	mostCores       = 1_024
	longest         = 365 * 24 * time.Hour
)

// first is the first of several mistakes: one sentence is read.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// within reports whether a number is one between two others, these included. What is not a number is not.
func within(v, low, high float64) bool { return v >= low && v <= high }

// checkRates refuses rates that cannot be sent, and one that is there twice.
func checkRates(part string, rates []float64) error {
	for i, rate := range rates {
		if !within(rate, 0.1, 100_000) {
			return fmt.Errorf("%s.rates must be requests a second between 0.1 and 100000, not %v", part, rates)
		}
		if slices.Contains(rates[:i], rate) {
			return fmt.Errorf("%s.rates has %g twice", part, rate)
		}
	}
	return nil
}

func checkLoad(part string, slice time.Duration, rounds, connections int) error {
	switch {
	case slice < 10*time.Millisecond || slice > time.Minute:
		return fmt.Errorf("%s.slice must be between 10ms and 1m, not %v", part, slice)
	case rounds < 1 || rounds > mostRounds:
		return fmt.Errorf("%s.rounds must be between 1 and %d, not %d", part, mostRounds, rounds)
	case connections < 1 || connections > MostConnections:
		return fmt.Errorf("%s.connections must be between 1 and %d, not %d", part, MostConnections, connections)
	}
	return nil
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
