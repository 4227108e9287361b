package api

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"
)

// rule says how many failures are free, the longest wait after one more, and how soon a failure is forgotten. The wait
// doubles from one second with each failure.
type rule struct {
	free    int
	longest time.Duration
	leak    time.Duration // one failure is forgotten in each
}

// ledger counts the failures of many keys under one rule, in memory of fixed size: a count-min sketch. Each key has a
// cell in each row, which it may share, and its count is the smallest of them. A flood of keys can only make counts too
// high. It cannot evict a key's own count, as it could from a table.
type ledger struct {
	rule
	secret []byte // prevents choosing keys that share a cell
	rows   [2][]cell
}

const ledgerCells = 1 << 16 // in each row, 16 bytes each

type cell struct {
	last  int64 // the last failure, nanoseconds since 1970
	level float32
}

// key is a name as a ledger knows it.
type key uint64

// keyOf makes a key from parts.
func (l *ledger) keyOf(parts ...string) key {
	text := append(make([]byte, 0, 256), l.secret...)
	for _, part := range parts {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return key(binary.BigEndian.Uint64(sum[:]))
}

// count returns how many failures of k are not yet forgotten, when the last one was, and when another attempt is
// allowed if all free failures are used. The last failure fixed that time: if the wait shrank meanwhile, it could not
// be announced.
func (l *ledger) count(k key, now time.Time) (n int, last, opens time.Time) {
	level, c := l.smallest(k, now)
	if c == nil {
		return 0, last, opens
	}
	last = time.Unix(0, c.last)
	return ceil(level), last, last.Add(l.wait(ceil(c.level)))
}

func ceil(level float32) int { return int(math.Ceil(float64(level))) }

// smallest returns the cell of k with the lowest level, and that level now. It is nil if a cell has never had a
// failure.
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

// left returns how many failures of a cell are not yet forgotten. Setting the clock back forgets nothing.
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
		if c := l.at(i, k); l.left(c, now) <= level+1 { // a higher one belongs to another key
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

// wait returns how long after n failures no attempt is allowed.
func (r rule) wait(n int) time.Duration {
	return min(time.Second<<min(max(n-r.free, 0), 16), r.longest)
}
