package api

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"
)

// rule says how many failures are free, how long the wait after one more is at most, and how soon one is forgotten. The
// wait doubles from a second with each failure.
type rule struct {
	free    int
	longest time.Duration
	leak    time.Duration // one failure less in each
}

// ledger counts the failures of many under one rule, in memory whose size is fixed: a count-min sketch. Each key has a
// cell in each row, which it may share, and its count is the smallest of them. A flood of keys can only make counts too
// high. It cannot make a key's own be forgotten, as filling a table can.
type ledger struct {
	rule
	secret []byte // keeps others from choosing keys that share a cell
	rows   [2][]cell
}

const ledgerCells = 1 << 16 // in each row, of 16 bytes

type cell struct {
	last  int64 // the last failure, nanoseconds since 1970
	level float32
}

// key is what a ledger knows a name by.
type key uint64

// keyOf makes a key of parts.
func (l *ledger) keyOf(parts ...string) key {
	text := append(make([]byte, 0, 256), l.secret...)
	for _, part := range parts {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return key(binary.BigEndian.Uint64(sum[:]))
}

// count is how many failures of k are not forgotten yet, when the last one was, and when one more may be tried if those
// are as many as are free. That was decided by the last failure: a wait that shrank while somebody waits could not be
// announced.
func (l *ledger) count(k key, now time.Time) (n int, last, opens time.Time) {
	level, c := l.smallest(k, now)
	if c == nil {
		return 0, last, opens
	}
	last = time.Unix(0, c.last)
	return ceil(level), last, last.Add(l.wait(ceil(c.level)))
}

func ceil(level float32) int { return int(math.Ceil(float64(level))) }

// smallest is the cell of k that fewest others share, and its level by now. It is nil where nothing ever failed.
func (l *ledger) smallest(k key, now time.Time) (level float32, smallest *cell) {
	for i := range l.rows {
		if l.rows[i] == nil {
			return 0, nil
		}
		c := l.at(i, k)
		if n := l.left(c, now); smallest == nil || n < level || n == level && c.last > smallest.last {
			level, smallest = n, c
		}
	}
	return level, smallest
}

func (l *ledger) at(row int, k key) *cell {
	return &l.rows[row][uint64(k)>>(32*row)%ledgerCells]
}

// left is what of a cell is not forgotten. A clock that was put back forgets nothing.
func (l *ledger) left(c *cell, now time.Time) float32 {
	gone := max(0, now.Sub(time.Unix(0, c.last)))
	return max(0, c.level-float32(gone.Seconds()/l.leak.Seconds()))
}

// add counts a failure.
func (l *ledger) add(k key, now time.Time) {
	for i := range l.rows {
		if l.rows[i] == nil {
			l.rows[i] = make([]cell, ledgerCells)
		}
	}
	level, _ := l.smallest(k, now)
	for i := range l.rows {
		if c := l.at(i, k); l.left(c, now) <= level+1 { // a higher one is that of another
			*c = cell{now.UnixNano(), level + 1}
		}
	}
}

// forget clears the failures of k.
func (l *ledger) forget(k key) {
	for i := range l.rows {
		if l.rows[i] != nil {
			*l.at(i, k) = cell{}
		}
	}
}

// wait is how long n failures are followed by none.
func (r rule) wait(n int) time.Duration {
	return min(time.Second<<min(max(n-r.free, 0), 16), r.longest)
}
