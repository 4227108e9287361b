package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Reply is an answer. Its slices are valid until the next request on the same connection.
type Reply struct {
	Status  int
	Replica []byte // X-Replica
	Body    []byte
	head    []byte
	close   bool
}

// Values returns every value of a header of the answer; name is in lower case.
func (r Reply) Values(name string) [][]byte {
	var all [][]byte
	_, rest, _ := cutLine(r.head)
	for {
		line, after, ok := cutLine(rest)
		key, v, _ := bytes.Cut(line, []byte(":"))
		if !ok {
			return all
		}
		if equalFold(key, name) {
			all = append(all, bytes.Trim(v, " \t"))
		}
		rest = after
	}
}

// parseHead reads the status line and the headers that give the length of the body. length is -1 when none does. It is
// stricter than net/http: an answer whose end two readers could see differently is refused.
func parseHead(head []byte) (reply Reply, length int, chunked bool, err error) {
	line, rest, ok := cutLine(head)
	if !ok || len(line) < len("HTTP/1.1 200") || string(line[:7]) != "HTTP/1." || line[7] != '0' && line[7] != '1' ||
		line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return reply, 0, false, fmt.Errorf("%w: status line %.20q", errProtocol, head)
	}
	reply.close = line[7] == '0'
	if reply.Status, err = strconv.Atoi(string(line[9:12])); err != nil || reply.Status < 100 {
		return reply, 0, false, fmt.Errorf("%w: status line %.20q", errProtocol, head)
	}
	length = -1
	named := false
	for {
		if line, rest, ok = cutLine(rest); !ok {
			return reply, 0, false, fmt.Errorf("%w: a line that does not end in CR LF", errProtocol)
		}
		if len(line) == 0 {
			return reply, length, chunked, nil
		}
		name, v, err := header(line)
		switch {
		case err != nil:
		case equalFold(name, "x-replica") && !named: // the first of several, as in net/http
			reply.Replica, named = v, true
		case equalFold(name, "content-length"):
			if length, err = contentLength(v, length); err == nil && chunked {
				err = fmt.Errorf("%w: a length and chunks", errProtocol)
			}
		case equalFold(name, "transfer-encoding"):
			if chunked || length >= 0 || reply.close && head[7] == '0' || !equalFold(v, "chunked") {
				err = fmt.Errorf("%w: transfer-encoding %.20q", errProtocol, v)
			}
			chunked = true
		case equalFold(name, "connection"):
			reply.close = reply.close || closes(v)
		}
		if err != nil {
			return reply, 0, false, err
		}
	}
}

// header splits a header line.
func header(line []byte) (name, value []byte, err error) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || !token(name) || !text(value) { // a folded line begins with a space, and no name does
		return nil, nil, fmt.Errorf("%w: header line %.40q", errProtocol, line)
	}
	return name, bytes.Trim(value, " \t"), nil
}

// bareLineFeed reports whether a line of b ends in a line feed alone, at from or later.
func bareLineFeed(b []byte, from int) bool {
	for at := from; ; at++ {
		next := bytes.IndexByte(b[at:], '\n')
		if next < 0 {
			return false
		}
		if at += next; at == 0 || b[at-1] != '\r' {
			return true
		}
	}
}

// cutLine splits b after its first line, which must end in CR LF.
func cutLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 1 || b[i-1] != '\r' {
		return nil, nil, false
	}
	return b[:i-1], b[i+1:], true
}

// contentLength reads a header's value; before is the value of an earlier one, or -1.
func contentLength(v []byte, before int) (int, error) {
	n, err := strconv.ParseUint(string(v), 10, 31)
	if err != nil || before >= 0 {
		return 0, fmt.Errorf("%w: content-length %.20q", errProtocol, v)
	}
	return int(n), nil
}

// closes reports whether a Connection header lists close.
func closes(v []byte) bool {
	for option := range bytes.SplitSeq(v, []byte(",")) {
		if equalFold(bytes.Trim(option, " \t"), "close") {
			return true
		}
	}
	return false
}

// text reports whether b is a valid header value.
func text(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// token reports whether b is a valid header name.
func token(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return len(b) > 0
}

// equalFold compares a header's name, or a word of its value, with one in lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range lower {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
