// Package belief holds what people say about sessions and tokens against what a run measured. A belief is data: what is
// said, where, and a test over the analysis. It knows figures and no pictures; what a plan does not measure it leaves
// open.
package belief

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
)

// Verdict is what a run says of a belief.
type Verdict string

// The verdicts.
const (
	Holds    Verdict = "holds"
	Fails    Verdict = "does not hold"
	Depends  Verdict = "holds only when"
	Untested Verdict = "not tested"
)

// Source is where a belief is said. It was read there in November 2026.
type Source struct {
	Title string `json:"title"` // the page's title
	URL   string `json:"url"`   // where it is
}

// Finding is what a run says of one belief.
type Finding struct {
	ID      string           `json:"id"`    // also its anchor in the page
	Claim   message.Sentence `json:"claim"` // what people say
	Source  Source           `json:"source"`
	Verdict Verdict          `json:"verdict"`  // what the run says of it
	Words   message.Sentence `json:"in_words"` // the verdict in words: of a belief that holds in part, in which
	Said    message.Sentence `json:"sentence"` // the figure that decides; for an untested belief, what would test it
	Section string           `json:"section"`  // of the report, that has the figure
}

// ruling is what a test says of a belief. Its words are those of its verdict where it has none of its own.
type ruling struct {
	Verdict
	words message.Message
}

// The rulings that need no words of their own.
var (
	holds    = ruling{Verdict: Holds}
	fails    = ruling{Verdict: Fails}
	untested = ruling{Verdict: Untested}
)

// only is the ruling on a belief that holds in part: the words say in which, and in which not.
func only(in message.Message) ruling { return ruling{Depends, in} }

// belief is one row of the table.
type belief struct {
	id      string
	claim   message.Message
	source  Source
	section string
	needs   message.Message // what a plan must measure to test it
	// test says nothing where the run lacks what it needs.
	test func(*analysis.Analysis) (ruling, message.Message)
}

// Judge holds every belief against a run, in the order of the table. A void run tests nothing.
func Judge(a *analysis.Analysis) []Finding {
	var all []Finding
	for _, b := range beliefs {
		f := Finding{
			ID: b.id, Claim: message.Sentence{Message: b.claim}, Source: b.source, Section: b.section,
			Verdict: Untested, Words: message.Sentence{Message: words[Untested]}, Said: message.Sentence{Message: b.needs},
		}
		if a.Void.IsZero() {
			if r, said := b.test(a); !said.IsZero() {
				f.Verdict, f.Words, f.Said = r.Verdict, r.inWords(), message.Sentence{Message: said}
			}
		}
		all = append(all, f)
	}
	return all
}

// words are those of verdicts that need no more.
var words = map[Verdict]message.Message{
	Holds: message.New("belief.holds"), Fails: message.New("belief.fails"), Untested: message.New("belief.untested"),
}

func (r ruling) inWords() message.Sentence {
	if r.words.IsZero() {
		r.words = words[r.Verdict]
	}
	return message.Sentence{Message: r.words}
}
