package message

import "regexp"

// quantity is a figure with its unit, or a name with its number.
var quantity = regexp.MustCompile(
	`(\d) (%|[nµm]?s\b|min\b|h\b|[kKMG]i?B\b|(?:milli)?seconds?\b|minutes?\b|hours?\b|times\b|replicas?\b|requests?\b)` +
		`|([Ll]ine|[Rr]eplica|RFC|레플리카) (\d)`)

// Unbroken keeps figures and their units on one line: with no-break spaces, where a page may break a text into lines.
func Unbroken(text string) string { return quantity.ReplaceAllString(text, "$1$3\u00a0$2$4") }
