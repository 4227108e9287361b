package show

import (
	"maps"
	"slices"
)

// Labels are the names of the page's words.
func Labels() []string { return slices.Sorted(maps.Keys(labels)) }

// Labelled reports whether a word of the page has a label.
func Labelled(name string) bool { return labels[name].Key != "" }
