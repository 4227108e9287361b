package report

import (
	"bytes"
	"encoding/json"
)

// node is a value of JSON whose members keep their order.
type node struct {
	names  []string // of the members of an object; nil in anything else
	nodes  []node   // of an object or a list
	list   bool
	number bool
	text   string // of a number or a text; "" of anything else
}

// estimate reports whether a node is a figure with its interval.
func (n node) estimate() bool {
	return n.members()["center"].text != "" || n.members()["low"].text != ""
}

func (n node) members() map[string]node {
	all := make(map[string]node, len(n.names))
	for i, name := range n.names {
		all[name] = n.nodes[i]
	}
	return all
}

func readTree(text []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) (n node, err error) {
	token, err := d.Token()
	if err != nil {
		return n, err
	}
	switch t := token.(type) {
	case string:
		n.text = t
	case json.Number:
		n.text, n.number = t.String(), true
	case json.Delim:
		n.list = t == '['
		if t == '{' {
			n.names = []string{}
		}
		for d.More() {
			if t == '{' {
				name, err := d.Token()
				if err != nil {
					return n, err
				}
				n.names = append(n.names, name.(string))
			}
			below, err := readNode(d)
			if err != nil {
				return n, err
			}
			n.nodes = append(n.nodes, below)
		}
		_, err = d.Token() // the end of the object or the list
	}
	return n, err
}
