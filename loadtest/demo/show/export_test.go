package show

import (
	"maps"
	"slices"

	"authlab/loadtest/demo/play"
	"authlab/loadtest/message"
)

// Labels are the names of the page's words.
func Labels() []string { return slices.Sorted(maps.Keys(allLabels())) }

// OwnLabels is how many words the page's parts have, each with a name of its own.
func OwnLabels() int { return len(labels) + len(charted) + len(played) + len(teaching) }

// AudienceLabels are the names of the words of the audience's page.
func AudienceLabels() []string { return slices.Sorted(maps.Keys(audienceWords())) }

// Patterns are all that the presenter's page answers, without the secret: a method and a name.
func (s *Server) Patterns() []string { return s.patterns }

// Drawn is a text as a QR code.
var Drawn = qrCode

// Labelled reports whether a word of the page has a label.
func Labelled(name string) bool { return allLabels()[name].Key != "" }

// Grounded is what a page is told of a playground.
func Grounded(s play.State, l message.Language) any { return grounded(s, l) }
