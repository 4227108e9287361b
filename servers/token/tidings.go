package token

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tidings are the entries that a replica wrote recently. It must read each of them back itself: one that does not come
// back has not reached the others either. It is known by its mark: another master numbers its own entries, and may give
// one the same id. A replica writes its tidings again if the stream is lost, until the accounts database is sure to
// have them.
type tidings struct {
	mu    sync.Mutex
	away  map[string]time.Duration // by mark: since when it is in the stream; writing while Redis has not said so
	fresh []tiding                 // in the order in which they were told
}

type tiding struct {
	entry
	at time.Duration // since the replica began
}

// tidingsKept is longer than it may take after an entry until the accounts database has it too.
const tidingsKept = 20 * time.Second

const writing = time.Duration(math.MaxInt64)

// expect records an entry that is about to be written: it may come back before Redis's answer does.
func (t *tidings) expect(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.away == nil {
		t.away = map[string]time.Duration{}
	}
	t.away[e.mark] = writing
}

// note records that Redis has taken an expected entry, or an error that leaves this open.
func (t *tidings) note(e entry, at time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, away := t.away[e.mark]
	switch {
	case err != nil:
		delete(t.away, e.mark)
		return
	case away:
		t.away[e.mark] = at
	}
	t.fresh = append(t.fresh, tiding{e, at})
}

// heard records an entry that came back.
func (t *tidings) heard(mark string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.away, mark)
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

// take returns the recently written entries, each once, to be written again; none of them is waited for any more.
func (t *tidings) take() map[entry]entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[entry]entry, len(t.fresh))
	for _, f := range t.fresh {
		all[f.about()] = f.entry
	}
	t.fresh = nil
	maps.DeleteFunc(t.away, func(_ string, at time.Duration) bool { return at != writing })
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
