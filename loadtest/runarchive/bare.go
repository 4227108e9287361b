package runarchive

import (
	"bytes"
	"strings"
)

const beginning, end = "-----BEGIN " + blockType + "-----", "-----END " + blockType + "-----"

// bare is a log with its archives as they were written. It removes what precedes every line where a log adds times,
// places or writers (docker logs --timestamps, docker-compose logs, kubectl logs --timestamps --prefix, journalctl).
// The prefix has the same number of words in every line, but not the same length: times differ in length.
func bare(text []byte) []byte {
	if !bytes.Contains(text, []byte(beginning)) {
		return text
	}
	var out strings.Builder
	before, within := "", false
	for line := range strings.Lines(string(text)) {
		if i := strings.Index(line, beginning); i >= 0 {
			before, within = line[:i], i > 0
		}
		if within {
			line = stripped(line, before)
			within = strings.TrimSpace(line) != end
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// stripped is a line without its prefix.
func stripped(line, before string) string {
	if rest, ok := strings.CutPrefix(line, before); ok {
		return rest
	}
	rest := line
	for range strings.Fields(before) {
		rest = strings.TrimLeft(rest, " \t")
		if i := strings.IndexAny(rest, " \t\r\n"); i >= 0 {
			rest = rest[i:]
		}
	}
	return strings.TrimPrefix(rest, " ")
}
