package lesson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/message"
)

// Expect is something that a column's evidence must show. The error says what it shows instead. The place has the
// people, such as where alice logged in.
type Expect func(p *Place, e *Evidence) error

// answers expects these statuses, in this order.
func answers(want ...int) Expect {
	return func(_ *Place, e *Evidence) error {
		var got []int
		for _, x := range e.Exchanges() {
			if err := x.Answer.failed(); err != nil {
				return err
			}
			got = append(got, x.Status())
		}
		if !slices.Equal(got, want) {
			return amiss{message.New("demo.amiss.answers", "got", inWords(got), "want", inWords(want))}
		}
		return nil
	}
}

// inWords are statuses as a sentence lists them.
func inWords(statuses []int) (all []string) {
	for _, s := range statuses {
		all = append(all, strconv.Itoa(s))
	}
	return all
}

// otherwise says who answered with another status than it should.
func otherwise(x Exchange, want int) error {
	if err := x.Answer.failed(); err != nil {
		return err
	}
	if x.Replica < 0 {
		return amiss{message.New("demo.amiss.balancer", "got", x.Status(), "want", want)}
	}
	return amiss{message.New("demo.amiss.replica", "replica", x.Replica+1, "got", x.Status(), "want", want)}
}

// says expects that the last answer's JSON has a value at a path such as user.role.
func says(path, want string) Expect {
	return func(_ *Place, e *Evidence) error {
		if got := said(e, path); got != want {
			return amiss{message.New("demo.amiss.says", "path", path, "got", got, "want", want)}
		}
		return nil
	}
}

// said is a value in the JSON of the last answer; "" where there is none.
func said(e *Evidence, path string) string {
	all := e.Exchanges()
	var node any
	if len(all) == 0 || json.Unmarshal([]byte(all[len(all)-1].Answer.Body), &node) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := node.(map[string]any)
		node = object[name]
	}
	if node == nil {
		return ""
	}
	return fmt.Sprint(node)
}

// header expects that the last answer has a header that begins with a text.
func header(name, prefix string) Expect {
	return func(_ *Place, e *Evidence) error {
		all := e.Exchanges()
		if got := all[len(all)-1].Answer.Get(name); !strings.HasPrefix(got, prefix) || got == "" {
			return amiss{message.New("demo.amiss.header", "name", name, "got", got, "want", prefix)}
		}
		return nil
	}
}

// onlyAtHome expects 200 from the replica that answered alice's login and 401 from all others, and that others did
// answer.
func onlyAtHome(p *Place, e *Evidence) error {
	home, elsewhere := 0, 0
	for _, x := range e.Exchanges() {
		want := 401
		if x.Replica == p.person(Alice).Home {
			want = 200
			home++
		} else {
			elsewhere++
		}
		if x.Status() != want {
			return otherwise(x, want)
		}
	}
	if home == 0 || elsewhere == 0 {
		return amiss{message.New("demo.amiss.both", "home", home, "others", elsewhere)}
	}
	return nil
}

// survived expects that the last answer is 200, and that at most the first one was lost: a balancer may still hold a
// connection to a replica that has just died.
func survived(status int) Expect {
	return func(_ *Place, e *Evidence) error {
		for i, x := range e.Exchanges() {
			if x.Status() != status && (i > 0 || x.Status() != 502) {
				return amiss{message.New("demo.amiss.nth", "number", i+1, "got", x.Status(), "want", status)}
			}
		}
		return nil
	}
}

// atHome expects 200 from every answer, all of them from the replica that answered alice's login.
func atHome(p *Place, e *Evidence) error {
	for _, x := range e.Exchanges() {
		if x.Status() != 200 {
			return otherwise(x, 200)
		}
		if home := p.person(Alice).Home; x.Replica != home {
			return amiss{message.New("demo.amiss.home", "replica", x.Replica+1, "home", home+1)}
		}
	}
	return nil
}

// everywhere expects 200 from every answer, and answers of more than one replica.
func everywhere(_ *Place, e *Evidence) error {
	seen := map[int]bool{}
	for _, x := range e.Exchanges() {
		if seen[x.Replica] = true; x.Status() != 200 {
			return otherwise(x, 200)
		}
	}
	if len(seen) < 2 {
		return amiss{message.New("demo.amiss.alone")}
	}
	return nil
}

// holds expects that the store has a key that begins with a text, or has none.
func holds(prefix string, there bool) Expect {
	return func(_ *Place, e *Evidence) error {
		if e.Store == nil || e.Store.Silent {
			return amiss{message.New("demo.amiss.unasked", "prefix", prefix)}
		}
		found := slices.ContainsFunc(e.Store.Keys, func(k Key) bool { return strings.HasPrefix(k.Name, prefix) })
		switch {
		case found && !there:
			return amiss{message.New("demo.amiss.key-there", "prefix", prefix)}
		case there && !found:
			return amiss{message.New("demo.amiss.key-missing", "prefix", prefix)}
		}
		return nil
	}
}

// lookups expects how many commands the step's requests sent to the store, where the store can tell.
func lookups(want int) Expect {
	return func(_ *Place, e *Evidence) error {
		var asked []string
		if e.Store != nil {
			if !e.Store.Overheard {
				return nil
			}
			asked = e.Store.Asked
		}
		if len(asked) != want {
			return amiss{message.New("demo.amiss.lookups", "got", len(asked), "want", want, "asked", asked)}
		}
		return nil
	}
}

// worked expects that the clock counted at most so long.
func worked(atMost time.Duration) Expect {
	return func(_ *Place, e *Evidence) error {
		if e.Clock == nil || e.Clock.Running || e.Clock.Asked == 0 {
			return amiss{message.New("demo.amiss.uncounted")}
		}
		if got := e.Clock.Seconds; got > atMost.Seconds() {
			return amiss{message.New("demo.amiss.worked", "got", got, "most", atMost.Seconds())}
		}
		return nil
	}
}

// tellsStore expects that the header Server-Timing of the last answer has a time for the store, or that it has none.
func tellsStore(want bool) Expect {
	return func(_ *Place, e *Evidence) error {
		all := e.Exchanges()
		times := all[len(all)-1].Answer.Get("Server-Timing")
		store := strings.Contains(times, "store;")
		switch {
		case !strings.Contains(times, "total;"), want && !store:
			return amiss{message.New("demo.amiss.time-missing", "got", times)}
		case store && !want:
			return amiss{message.New("demo.amiss.time-there", "got", times)}
		}
		return nil
	}
}
