package lesson

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
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
			return fmt.Errorf("the answers are %v, and should be %v", got, want)
		}
		return nil
	}
}

// says expects that the last answer's JSON has a value at a path such as user.role.
func says(path, want string) Expect {
	return func(_ *Place, e *Evidence) error {
		if got := said(e, path); got != want {
			return fmt.Errorf("the last answer's %s is %q, and should be %q", path, got, want)
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
			return fmt.Errorf("the last answer's %s is %q, and should begin with %q", name, got, prefix)
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
			return fmt.Errorf("replica %d answered %d, and should have answered %d", x.Replica, x.Status(), want)
		}
	}
	if home == 0 || elsewhere == 0 {
		return fmt.Errorf("%d answers came from the login's replica and %d from others: both should have answered", home,
			elsewhere)
	}
	return nil
}

// survived expects that the last answer is 200, and that at most the first one was lost: a balancer may still hold a
// connection to a replica that has just died.
func survived(status int) Expect {
	return func(_ *Place, e *Evidence) error {
		for i, x := range e.Exchanges() {
			if x.Status() != status && (i > 0 || x.Status() != 502) {
				return fmt.Errorf("answer %d is %d, and should be %d", i+1, x.Status(), status)
			}
		}
		return nil
	}
}

// atHome expects 200 from every answer, all of them from the replica that answered alice's login.
func atHome(p *Place, e *Evidence) error {
	for _, x := range e.Exchanges() {
		if home := p.person(Alice).Home; x.Status() != 200 || x.Replica != home {
			return fmt.Errorf("replica %d answered %d, and replica %d should have answered 200", x.Replica, x.Status(), home)
		}
	}
	return nil
}

// everywhere expects 200 from every answer, and answers of more than one replica.
func everywhere(_ *Place, e *Evidence) error {
	seen := map[int]bool{}
	for _, x := range e.Exchanges() {
		if seen[x.Replica] = true; x.Status() != 200 {
			return fmt.Errorf("replica %d answered %d, and should have answered 200", x.Replica, x.Status())
		}
	}
	if len(seen) < 2 {
		return fmt.Errorf("only %d replica answered", len(seen))
	}
	return nil
}

// holds expects that the store has a key that begins with a text, or has none.
func holds(prefix string, there bool) Expect {
	return func(_ *Place, e *Evidence) error {
		if e.Store == nil || e.Store.Silent {
			return fmt.Errorf("the store was not asked for keys that begin with %s", prefix)
		}
		found := slices.ContainsFunc(e.Store.Keys, func(k Key) bool { return strings.HasPrefix(k.Name, prefix) })
		if found != there {
			return fmt.Errorf("the store has a key %s…: %v, and should be %v", prefix, found, there)
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
			return fmt.Errorf("the store was asked %d times (%s), and should have been asked %d times", len(asked),
				strings.Join(asked, "; "), want)
		}
		return nil
	}
}

// worked expects that the clock counted at most so long.
func worked(atMost time.Duration) Expect {
	return func(_ *Place, e *Evidence) error {
		if e.Clock == nil || e.Clock.Running || e.Clock.Asked == 0 {
			return errors.New("nothing was counted")
		}
		if got := e.Clock.Seconds; got > atMost.Seconds() {
			return fmt.Errorf("it still worked for %.1f s, and should have for at most %v", got, atMost)
		}
		return nil
	}
}

// tellsStore expects that the header Server-Timing of the last answer has a time for the store, or that it has none.
func tellsStore(want bool) Expect {
	return func(_ *Place, e *Evidence) error {
		all := e.Exchanges()
		times := all[len(all)-1].Answer.Get("Server-Timing")
		if strings.Contains(times, "store;") != want || !strings.Contains(times, "total;") {
			return fmt.Errorf("the last answer's Server-Timing is %q; it should tell of a store: %v", times, want)
		}
		return nil
	}
}
