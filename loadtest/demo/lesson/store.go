package lesson

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/cluster"
)

// Store is what a column's Redis holds, and what the step's requests asked it.
type Store struct {
	Silent bool  `json:"silent"` // it did not answer
	Keys   []Key `json:"keys,omitempty"`
	// Overheard says that Asked and Lookups are known: a stand-in for Redis cannot tell.
	Overheard bool     `json:"overheard"`
	Asked     []string `json:"asked,omitempty"` // commands about logins, in their order
	Lookups   int      `json:"lookups"`
}

// Key is one thing that the store holds.
type Key struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value,omitempty"` // of a string
	// Lives is for how many milliseconds it lives on, if nothing prolongs it; -1 is for ever.
	Lives int64 `json:"lives"`
}

const (
	// answerWithin is how long a store may take for what the evidence asks.
	answerWithin = time.Second
	// mostKeys is how many keys are shown.
	mostKeys = 40
)

// aboutLogins are the beginnings of keys that hold logins: a session, the sessions of a user, a session that has just
// moved, an ended login, and a changed role. Replicas also ask for other keys, to see whether the store is well.
var aboutLogins = []string{
	"authlab:s1:", "authlab:u1:", "authlab:t2:", "authlab:l1:", "authlab:e1:", "authlab:r1:",
}

// probeKey ends the keys by which replicas try out whether the store does what they need.
const probeKey = `:probe"`

// line is a connection to a store.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(ctx context.Context, store *cluster.Process) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	conn, err := store.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &line{conn, bufio.NewReader(conn)}, nil
}

// ask sends a command and reads its answer.
func (l *line) ask(words ...string) (any, error) {
	l.conn.SetDeadline(time.Now().Add(answerWithin))
	if _, err := l.conn.Write(command(words)); err != nil {
		return nil, err
	}
	return reply(l.in)
}

// ear listens to all that a store is asked.
type ear struct{ *line }

// listen begins to listen to a store. Without one, and where it does not tell, the ear hears nothing.
func listen(ctx context.Context, store *cluster.Process) *ear {
	if store == nil {
		return &ear{}
	}
	l, err := dial(ctx, store)
	if err != nil {
		return &ear{}
	}
	if said, err := l.ask("MONITOR"); err != nil || said != "OK" {
		l.conn.Close()
		return &ear{}
	}
	return &ear{l}
}

func (e *ear) close() {
	if e.line != nil {
		e.conn.Close()
	}
}

// heard is what the store holds now, and what it was asked since the ear listens.
func (e *ear) heard(ctx context.Context, store *cluster.Process) *Store {
	s := &Store{Silent: true}
	l, err := dial(ctx, store)
	if err != nil {
		return s
	}
	defer l.conn.Close()
	mark := fmt.Sprintf("authlab-mark-%d", time.Now().UnixNano())
	if _, err := l.ask("ECHO", mark); err != nil {
		return s
	}
	s.Silent = false
	s.Overheard = e.until(mark, s)
	s.Keys, _ = held(l) // a store that has just stopped is shown as empty with the next step
	return s
}

// until reads what was asked up to a mark.
func (e *ear) until(mark string, s *Store) bool {
	if e.line == nil {
		return false
	}
	e.conn.SetDeadline(time.Now().Add(answerWithin))
	for {
		text, err := e.in.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.Contains(text, mark) {
			return true
		}
		asked, script := overheard(text)
		if asked != "" && !script {
			s.Asked = append(s.Asked, asked)
			s.Lookups++
		}
	}
}

// overheard reads a line of MONITOR: +1339518083.107412 [0 127.0.0.1:60866] "GETEX" "authlab:s1:…". It returns "" for
// what is not about logins. A command within a script is a part of the command that runs the script.
func overheard(text string) (asked string, script bool) {
	_, rest, _ := strings.Cut(text, "[")
	from, words, ok := strings.Cut(rest, "] ")
	about := slices.ContainsFunc(aboutLogins, func(key string) bool { return strings.Contains(words, `"`+key) })
	if !ok || !about || strings.Contains(words, probeKey) {
		return "", false
	}
	return brief(words), strings.HasSuffix(from, " lua")
}

// longest is how many characters of a word are shown: more than a key has.
const longest = 60

// brief is a command without its quotes; long words, such as scripts, are cut short.
func brief(command string) string {
	var words []string
	for word := range strings.SplitSeq(strings.Trim(strings.TrimSpace(command), `"`), `" "`) {
		if len(word) > longest {
			word = word[:longest/4] + "…"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// held lists the keys that hold logins.
func held(l *line) ([]Key, error) {
	found, err := l.ask("SCAN", "0", "MATCH", "authlab:*", "COUNT", "10000")
	if err != nil {
		return nil, err
	}
	var names []string
	if parts, ok := found.([]any); ok && len(parts) == 2 {
		list, _ := parts[1].([]any)
		for _, name := range list {
			name, _ := name.(string)
			if slices.ContainsFunc(aboutLogins, func(key string) bool { return strings.HasPrefix(name, key) }) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var keys []Key
	for _, name := range names[:min(len(names), mostKeys)] {
		k := Key{Name: name}
		if k.Type, err = text(l.ask("TYPE", name)); err != nil {
			return keys, err
		}
		lives, err := l.ask("PTTL", name)
		if err != nil {
			return keys, err
		}
		k.Lives, _ = lives.(int64)
		if k.Type == "string" {
			if k.Value, err = text(l.ask("GET", name)); err != nil {
				return keys, err
			}
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// text is an answer that is a text.
func text(said any, err error) (string, error) {
	text, _ := said.(string)
	return text, err
}
