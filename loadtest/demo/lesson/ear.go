package lesson

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/cluster"
)

// aboutLogins are the beginnings of keys that hold logins: a session, the sessions of a user, a session that has just
// moved, an ended login, and a changed role. Replicas also ask for other keys, to see whether the store is well.
var aboutLogins = []string{
	"authlab:s1:", "authlab:u1:", "authlab:t2:", "authlab:l1:", "authlab:e1:", "authlab:r1:",
}

// probeKey ends the keys by which replicas try out whether the store does what they need.
const probeKey = `:probe"`

// ear listens to all that a store is asked. While the store is stopped it hears nothing, and after that it has to
// listen anew.
type ear struct {
	asker *line // asks the store where it has got to
	line  *line // hears; nil where the store does not tell
	heard []question
	// missed says that it did not listen all the time.
	missed bool
}

// question is a command about logins that a store was sent.
type question struct {
	at    time.Time // by the store's clock, which is this machine's
	words []string
}

// listen begins to listen to a store. Without one, and where it does not tell, the ear hears nothing.
func (e *ear) listen(ctx context.Context, store *cluster.Process) {
	e.close()
	if store == nil {
		return
	}
	asker, err := dial(ctx, store)
	if err != nil {
		return
	}
	hears, err := dial(ctx, store)
	if err != nil {
		asker.conn.Close()
		return
	}
	if said, err := hears.ask("MONITOR"); err != nil || said != "OK" {
		asker.conn.Close()
		hears.conn.Close()
		return
	}
	e.asker, e.line = asker, hears
}

// close ends the listening. What was heard stays.
func (e *ear) close() {
	if e.line != nil {
		e.asker.conn.Close()
		e.line.conn.Close()
		e.asker, e.line = nil, nil
	}
}

// catchUp hears all that the store has been asked until now. It reports whether the store tells that.
func (e *ear) catchUp() bool {
	if e.line == nil {
		return false
	}
	mark := fmt.Sprintf("authlab-mark-%d", time.Now().UnixNano())
	if _, err := e.asker.ask("ECHO", mark); err != nil || !e.until(mark) {
		e.close() // one answer that does not come is waited for, not one for each request
		return false
	}
	return true
}

// until reads what was asked up to a mark.
func (e *ear) until(mark string) bool {
	e.line.conn.SetDeadline(time.Now().Add(answerWithin))
	for {
		text, err := e.line.in.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.Contains(text, mark) {
			return true
		}
		e.hear(text)
	}
}

// hear notes a line of MONITOR, if it is about logins. A client that has a script run sends its hash first, and the
// whole script where the store does not know it yet. That is one question, asked again in other words.
func (e *ear) hear(text string) {
	q, script := overheard(text)
	again := slices.ContainsFunc(e.heard, func(before question) bool { return q.repeats(before) })
	if len(q.words) > 0 && !script && !again {
		e.heard = append(e.heard, q)
	}
}

// repeats reports whether a question is another one with the script in place of its hash.
func (q question) repeats(before question) bool {
	return len(q.words) > 2 && q.words[0] == "EVAL" && before.words[0] == "EVALSHA" &&
		slices.Equal(q.words[2:], before.words[2:])
}

// since is how many questions were asked since then.
func (e *ear) since(began time.Time) (n int) {
	for _, q := range e.heard {
		if !q.at.Before(began) {
			n++
		}
	}
	return n
}

// overheard reads a line of MONITOR: +1339518083.107412 [0 127.0.0.1:60866] "GETEX" "authlab:s1:…". It returns
// nothing for what is not about logins. A command within a script is a part of the command that runs the script.
func overheard(text string) (q question, script bool) {
	date, rest, _ := strings.Cut(text, "[")
	from, words, ok := strings.Cut(rest, "] ")
	about := slices.ContainsFunc(aboutLogins, func(key string) bool { return strings.Contains(words, `"`+key) })
	if !ok || !about || strings.Contains(words, probeKey) {
		return question{}, false
	}
	words = strings.Trim(strings.TrimSpace(words), `"`)
	return question{moment(date), strings.Split(words, `" "`)}, strings.HasSuffix(from, " lua")
}

// moment reads the date of a line of MONITOR, in seconds and millionths of one.
func moment(date string) time.Time {
	seconds, micros, _ := strings.Cut(strings.Trim(date, "+ "), ".")
	s, _ := strconv.ParseInt(seconds, 10, 64)
	us, _ := strconv.ParseInt(micros, 10, 64)
	return time.Unix(s, us*1000)
}

// longest is how many characters of a word are shown: more than a key has.
const longest = 60

// brief is a question as it is shown: long words, such as scripts, are cut short.
func (q question) brief() string {
	var words []string
	for _, word := range q.words {
		if len(word) > longest {
			word = word[:longest/4] + "…"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
