package token

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tidings are the entries that a replica wrote recently. It must read each of them back itself: one that does not come
// back has not reached the others either. It writes them again if the stream is lost, until the accounts database is
// sure to have them.
type tidings struct {
	mu    sync.Mutex
	last  entryID // heard last
	away  map[entryID]time.Duration
	fresh []tiding // in the order in which they were told
}

type tiding struct {
	entry
	at time.Duration // since the replica began
}

// tidingsKept is longer than it may take after an entry until the accounts database has it too.
const tidingsKept = 20 * time.Second

// note records an entry with an id in the stream.
func (t *tidings) note(text string, e entry, at time.Duration) error {
	id, err := parseID(text)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fresh = append(t.fresh, tiding{e, at})
	if id.after(t.last) { // else it was read back before Redis's answer arrived
		if t.away == nil {
			t.away = map[entryID]time.Duration{}
		}
		t.away[id] = at
	}
	return nil
}

// heard records an entry that came back.
func (t *tidings) heard(id entryID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = id
	delete(t.away, id)
}

// unheard reports whether an entry written before a given time has not come back. It forgets what is older than
// tidingsKept.
func (t *tidings) unheard(asked time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for n < len(t.fresh) && t.fresh[n].at < asked-tidingsKept {
		n++
	}
	if t.fresh = t.fresh[n:]; len(t.fresh) == 0 {
		t.fresh = nil
	}
	for _, at := range t.away {
		if at < asked {
			return true
		}
	}
	return false
}

// take returns the recently written entries, each once, to be written again; none is waited for any more.
func (t *tidings) take() map[entry]entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[entry]entry, len(t.fresh))
	for _, f := range t.fresh {
		all[f.about()] = f.entry
	}
	t.last, t.away, t.fresh = entryID{}, nil, nil
	return all
}

// giveBack takes back what could not be written again.
func (t *tidings) giveBack(entries []entry, at time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range entries {
		t.fresh = append(t.fresh, tiding{e, at})
	}
}

// entryID names an entry of a stream: the time in ms by the clock of the Redis that wrote it, and a number.
type entryID struct{ ms, seq uint64 }

func parseID(text string) (id entryID, err error) {
	ms, seq, _ := strings.Cut(text, "-")
	if id.ms, err = strconv.ParseUint(ms, 10, 63); err == nil {
		id.seq, err = strconv.ParseUint(seq, 10, 64)
	}
	if err != nil {
		return entryID{}, fmt.Errorf("%.40q is not an id of a stream", text)
	}
	return id, nil
}

func (i entryID) String() string {
	return strconv.FormatUint(i.ms, 10) + "-" + strconv.FormatUint(i.seq, 10)
}

func (i entryID) time() time.Time { return time.UnixMilli(int64(i.ms)) }

func (i entryID) after(o entryID) bool { return i.ms > o.ms || i.ms == o.ms && i.seq > o.seq }
