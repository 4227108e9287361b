package runarchive

import (
	"bytes"
	"strings"
)

const beginning, end = "-----BEGIN " + blockType + "-----", "-----END " + blockType + "-----"

// bare is a log with its archives as they were written: without what stands before every line where a log tells when,
// where or by whom it was written (docker logs --timestamps, docker-compose logs, kubectl logs --timestamps --prefix,
// journalctl). It is the same number of words everywhere, of which a time need not be as long as the next.
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

// stripped is a line without what stands before it.
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
