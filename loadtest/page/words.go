package page

import (
	"regexp"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Words are those of a message in a language, as one line, with control and invisible characters escaped: servers
// choose some of a report's text.
func Words(l message.Language, m message.Message) string {
	return message.Visible(strings.Join(strings.Fields(m.In(l)), " "))
}

// Replicas is a number of replicas in words.
func Replicas(n int) message.Message { return message.New("count.replicas", "count", n) }

// promises are the guarantees, as titles of groups of rows.
var promises = map[plan.Guarantee]message.Message{
	plan.NoGuarantee:     message.New("promise.none"),
	plan.AtOnce:          message.New("promise.at-once"),
	plan.AtOnceOnReplica: message.New("promise.on-replica"),
	plan.WithinPush:      message.New("promise.push"),
	plan.AtExpiry:        message.New("promise.expiry"),
}

func promise(g plan.Guarantee) message.Message {
	if m := promises[g]; !m.IsZero() {
		return m
	}
	return message.New("promise.unnamed", "guarantee", Guarantee(g))
}

// guarantees are the guarantees in a few words.
var guarantees = map[plan.Guarantee]message.Message{
	plan.NoGuarantee:     message.New("guarantee.none"),
	plan.AtOnce:          message.New("guarantee.at-once"),
	plan.AtOnceOnReplica: message.New("guarantee.on-replica"),
	plan.WithinPush:      message.New("guarantee.push"),
	plan.AtExpiry:        message.New("guarantee.expiry"),
}

// Guarantee says in a few words when an ended login stops working.
func Guarantee(g plan.Guarantee) message.Message {
	if m := guarantees[g]; !m.IsZero() {
		return m
	}
	return message.Text(string(g))
}

// stateNames are the states of a run, as a badge has them.
var stateNames = map[State]message.Message{
	Void:       message.New("badge.void"),
	Damaged:    message.New("badge.damaged"),
	Partial:    message.New("badge.partial"),
	Empty:      message.New("badge.empty"),
	Embedded:   message.New("badge.embedded"),
	Noisy:      message.New("badge.noisy"),
	Pressed:    message.New("badge.pressed"),
	Disturbed:  message.New("badge.disturbed"),
	Drifted:    message.New("badge.drifted"),
	Unresolved: message.New("badge.unresolved"),
	Valid:      message.New("badge.valid"),
}

// In is a badge as one line of text.
func (b Badge) In(l message.Language) string {
	return Words(l, message.New("badge.line", "state", stateNames[b.State], "why", b.Why))
}

// The places where a line must not break: between a figure and its unit, and within an interval.
var (
	unit     = regexp.MustCompile(`([\d\]]) (ns|µs|ms|s|min|h|B|kB|MB|GB|TB|KiB|MiB|GiB|cores?|%|×)([^A-Za-z]|$)`)
	interval = regexp.MustCompile(`(\[[-+−]?[\d.,]+) ([-+−]?[\d.,]+\])`)
)

// kept are words for a page whose lines are as long as its window: figures stay with their units. Markdown and a
// terminal have plain spaces, because there people search and paste.
func kept(text string) string {
	const joined = "${1}\u00a0${2}"
	return unit.ReplaceAllString(interval.ReplaceAllString(text, joined), joined+"${3}")
}
