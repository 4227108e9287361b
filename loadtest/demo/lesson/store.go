package lesson

import (
	"bufio"
	"context"
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
	// More is how many keys it has besides.
	More int `json:"more,omitempty"`
	// Overheard says that Asked and Lookups are known: a stand-in for Redis cannot tell.
	Overheard bool `json:"overheard"`
	// Loaded says that they are not known because the step sent load: to listen costs a store as much as it answers.
	Loaded  bool     `json:"loaded,omitempty"`
	Asked   []string `json:"asked,omitempty"` // commands about logins, in their order
	Lookups int      `json:"lookups"`
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

// look is what a store holds now, and what it was asked while the ear listened.
func look(ctx context.Context, e *ear, store *cluster.Process) *Store {
	s := &Store{Silent: true}
	l, err := dial(ctx, store)
	if err != nil {
		return s
	}
	defer l.conn.Close()
	if _, err := l.ask("PING"); err != nil {
		return s
	}
	s.Silent = false
	s.Overheard, s.Loaded = e.catchUp() && !e.missed, e.missed
	for _, q := range e.heard {
		s.Asked = append(s.Asked, q.brief())
	}
	s.Lookups = len(s.Asked)
	s.Keys, s.More, _ = held(l) // a store that has just stopped is shown as empty with the next step
	return s
}

// held lists the keys that hold logins, and says how many more there are.
func held(l *line) (keys []Key, more int, err error) {
	found, err := l.ask("SCAN", "0", "MATCH", "authlab:*", "COUNT", "10000")
	if err != nil {
		return nil, 0, err
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
	more = max(0, len(names)-mostKeys)
	for _, name := range names[:len(names)-more] {
		k := Key{Name: name}
		if k.Type, err = text(l.ask("TYPE", name)); err != nil {
			return keys, more, err
		}
		lives, err := l.ask("PTTL", name)
		if err != nil {
			return keys, more, err
		}
		k.Lives, _ = lives.(int64)
		if k.Type == "string" {
			if k.Value, err = text(l.ask("GET", name)); err != nil {
				return keys, more, err
			}
		}
		keys = append(keys, k)
	}
	return keys, more, nil
}

// text is an answer that is a text.
func text(said any, err error) (string, error) {
	text, _ := said.(string)
	return text, err
}
