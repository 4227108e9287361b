package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Requirement is a bound that a run must keep, such as cost(session-redis) <= 2.0 * cost(control).
type Requirement struct {
	Text    string
	Figure  RequiredFigure
	AtLeast bool // the bound is a lower one
	// Bound is a time in seconds, or a number without a unit. With Than it is what Than's figure is multiplied by.
	Bound float64
	Than  *RequiredFigure
}

// RequiredFigure is a figure of one scheme that a requirement names.
type RequiredFigure struct {
	Name   string // one of RequiredFigures
	Scheme string
	At     int // replicas for share, requests/s for p50 and p99; else 0
}

// kindOfFigure is what a requirement may ask of a figure.
type kindOfFigure struct {
	name, about string
	at          string // what its second argument is; "" where it has none
	time        bool   // its bound is a time
	compared    bool   // it may be compared with another scheme's
}

var kindsOfFigures = []kindOfFigure{
	{name: "cost", about: "CPU time of a request in a replica", time: true, compared: true},
	{name: "share", about: "throughput ÷ the control's with as many replicas", at: "replicas"},
	{name: "p50", about: "median latency from when requests were due", at: "rate", time: true},
	{name: "p99", about: "99th percentile of it", at: "rate", time: true},
	{name: "bottleneck", about: "number of replicas at which the store was measured to become the bottleneck"},
}

// RequiredFigures describes the figures that a requirement may name, a line each.
func RequiredFigures() []string {
	var all []string
	for _, k := range kindsOfFigures {
		at := ""
		if k.at != "" {
			at = ", " + strings.ToUpper(k.at)
		}
		all = append(all, fmt.Sprintf("%-26s%s", k.name+"(SCHEME"+at+")", k.about))
	}
	return all
}

const figurePattern = `([a-z0-9]+)\s*\(\s*([^\s,()]+)\s*(?:,\s*(\d+)\s*)?\)`

var (
	requirementPattern = regexp.MustCompile(`^\s*` + figurePattern + `\s*(<=|>=)\s*(.*?)\s*$`)
	multiplePattern    = regexp.MustCompile(`^(?:([0-9.]+)\s*\*\s*)?` + figurePattern + `$`)
)

// ParseRequirement reads a requirement. The error says in one sentence what is wrong with it.
func ParseRequirement(text string) (Requirement, error) {
	wrong := func(err error) (Requirement, error) {
		return Requirement{}, fmt.Errorf("the requirement %q cannot be read: %w", text, err)
	}
	parts := requirementPattern.FindStringSubmatch(text)
	if parts == nil {
		return wrong(errors.New("write FIGURE(SCHEME) <= BOUND, or >=, as in 'cost(session-redis) <= 2.0 * cost(control)'"))
	}
	figure, kind, err := requiredFigure(parts[1:4])
	if err != nil {
		return wrong(err)
	}
	r := Requirement{Text: strings.TrimSpace(text), Figure: figure, AtLeast: parts[4] == ">=", Bound: 1}
	multiple := multiplePattern.FindStringSubmatch(parts[5])
	switch {
	case multiple != nil && !kind.compared:
		return wrong(fmt.Errorf("%s has a plain bound; only cost is compared with another scheme's", kind.name))
	case multiple != nil:
		than, _, err := requiredFigure(multiple[2:5])
		if err != nil {
			return wrong(err)
		}
		if than.Name != figure.Name || than.Scheme == figure.Scheme {
			return wrong(fmt.Errorf("compare %s with the same figure of another scheme", kind.name))
		}
		r.Than = &than
		if multiple[1] != "" {
			if r.Bound, err = positive(multiple[1]); err != nil {
				return wrong(err)
			}
		}
		return r, nil
	case kind.time:
		d, err := time.ParseDuration(parts[5])
		if err != nil || d <= 0 {
			return wrong(fmt.Errorf("the bound of %s is a time, such as 60us or 50ms, and %q is none", kind.name, parts[5]))
		}
		r.Bound = d.Seconds()
		return r, nil
	}
	if r.Bound, err = positive(parts[5]); err != nil {
		return wrong(err)
	}
	return r, nil
}

// Requirements are those of the plan, which has been checked.
func (p *Plan) Requirements() (all []Requirement) {
	for _, text := range p.Require {
		if r, err := ParseRequirement(text); err == nil {
			all = append(all, r)
		}
	}
	return all
}

// requiredFigure reads name, scheme and argument of a figure.
func requiredFigure(parts []string) (f RequiredFigure, kind kindOfFigure, err error) {
	i := slices.IndexFunc(kindsOfFigures, func(k kindOfFigure) bool { return k.name == parts[0] })
	if i < 0 {
		var names []string
		for _, k := range kindsOfFigures {
			names = append(names, k.name)
		}
		return f, kind, fmt.Errorf("there is no figure %q; the figures are %s", parts[0], list(names))
	}
	kind = kindsOfFigures[i]
	if _, err := SchemeNamed(parts[1]); err != nil {
		return f, kind, err
	}
	f = RequiredFigure{Name: kind.name, Scheme: parts[1]}
	switch {
	case kind.at == "" && parts[2] != "":
		return f, kind, fmt.Errorf("%s takes a scheme alone: %s(%s)", kind.name, kind.name, f.Scheme)
	case kind.at != "" && parts[2] == "":
		return f, kind, fmt.Errorf("%s also takes its %s: %s(%s, 8)", kind.name, kind.at, kind.name, f.Scheme)
	case parts[2] != "":
		if f.At, err = strconv.Atoi(parts[2]); err != nil {
			return f, kind, fmt.Errorf("%q is too large", parts[2])
		}
	}
	return f, kind, nil
}

func positive(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > 1e9 {
		return 0, fmt.Errorf("the bound must be a number above 0, and %q is none", text)
	}
	return v, nil
}
