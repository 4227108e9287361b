package message

import (
	"strconv"
	"strings"
	"time"
)

// Lasting is a duration as people write it, with a space between number and unit: 60 ms, 1.5 s, 1 min 30 s, 2 h. It is
// for sentences; what is to be pasted has Go's form, 1m30s.
func Lasting(d time.Duration) string {
	if -time.Minute < d && d < time.Minute {
		text := d.String()
		at := strings.IndexAny(text, "nµms")
		return text[:at] + " " + text[at:]
	}
	if d < 0 {
		return "-" + Lasting(-d)
	}
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}} {
		if n := d / unit.of; n > 0 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+" "+unit.name)
		}
		d %= unit.of
	}
	if d > 0 {
		parts = append(parts, Lasting(d))
	}
	return strings.Join(parts, " ")
}
