package report

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// figuresHead names the columns of figures.csv.
var figuresHead = []string{
	"section", "scheme", "replica", "tier", "replicas", "rate_per_s", "connections", "logins", "load_share", "delay_ns",
	"round", "figure", "value", "low", "high", "samples", "note",
}

// keys are the members of report.json that say of what the figures beside them are, and their columns.
var keys = map[string]string{
	"scheme": "scheme", "name": "replica", "tier": "tier", "replicas": "replicas", "measured_at_replicas": "replicas",
	"held_out_replicas": "replicas", "rate": "rate_per_s", "connections": "connections", "logins": "logins",
	"share": "load_share", "delay_ns": "delay_ns", "round": "round",
}

// unfigured are the members of report.json that measure no scheme, or repeat what others have.
var unfigured = []string{
	"schema_version", "schemes", "environment", "events", "beliefs", "invalid", "failures", "which",
	"comparable",
}

// figures is figures.csv: a line for each figure of report.json, so that a spreadsheet can filter, pivot and draw them.
// It is made from the JSON, so that a figure that is added there is in it too.
func figures(d Data) ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	root, err := readTree(text)
	if err != nil {
		return nil, err
	}
	var f figureLines
	for i, name := range root.names {
		switch n := root.nodes[i]; {
		case slices.Contains(unfigured, name):
		case n.names != nil && !n.estimate() || n.list:
			f.add(map[string]string{"section": name}, "", n)
		default:
			f.add(map[string]string{"section": name}, name, n)
		}
	}
	return table(figuresHead, len(f), func(i int) (cells []string) {
		for _, column := range figuresHead {
			cells = append(cells, f[i][column])
		}
		return cells
	})
}

// figureLines are lines of figures.csv, by column.
type figureLines []map[string]string

// withheldQuantile matches quantiles that report.json has as 0 where they are withheld.
var withheldQuantile = regexp.MustCompile(`(^|\.)p\d+_ns$`)

// add adds what a node has, under a name. Columns are what is known of it from the nodes around it.
func (f *figureLines) add(columns map[string]string, name string, n node) {
	switch {
	case n.estimate():
		e := n.members()
		if samples, counted := e["n"]; counted && samples.text == "0" {
			return // nothing is known
		}
		f.line(columns, map[string]string{
			"figure": name, "value": e["center"].text, "low": e["low"].text, "high": e["high"].text, "samples": e["n"].text,
			"note": e["why"].text,
		})
	case n.names != nil:
		f.object(columns, name, n)
	case n.list:
		for _, item := range n.nodes {
			if item.names != nil { // bare numbers are the samples of a figure
				f.add(columns, name, item)
			}
		}
	case n.number && !(n.text == "0" && withheldQuantile.MatchString(name)):
		f.line(columns, map[string]string{"figure": name, "value": n.text})
	}
}

// object adds the figures of an object, which its other members describe.
func (f *figureLines) object(columns map[string]string, name string, n node) {
	columns = maps.Clone(columns)
	described := func(i int) bool { return keys[n.names[i]] != "" && n.nodes[i].text != "" }
	for i, member := range n.names {
		if described(i) {
			columns[keys[member]] = n.nodes[i].text
		}
	}
	for i, member := range n.names {
		switch below := n.nodes[i]; {
		case described(i):
		case below.list:
			inside := maps.Clone(columns)
			inside["section"] += "." + member
			f.add(inside, "", below)
		default:
			f.add(columns, strings.TrimPrefix(name+"."+member, "."), below)
		}
	}
}

func (f *figureLines) line(columns, figure map[string]string) {
	line := maps.Clone(columns)
	maps.Copy(line, figure)
	*f = append(*f, line)
}
