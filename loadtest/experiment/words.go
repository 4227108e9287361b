package experiment

import (
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Say is the catalogue's text under that key, for a section or a table.
func Say(key string, args ...any) string { return message.New(key, args...).String() }

// Head is a table's head, by the keys of its columns. A key of a column of numbers begins with #.
func Head(keys ...string) []string {
	var head []string
	for _, key := range keys {
		name, numbers := strings.CutPrefix(key, "#")
		if text := message.New(name).String(); numbers {
			head = append(head, page.Numbers(text))
		} else {
			head = append(head, text)
		}
	}
	return head
}
