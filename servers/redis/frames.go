package redis

import (
	"bytes"
	"fmt"
)

// The limits for one answer. Ours are a few kilobytes, or a thousand entries of a stream. The client library allocates
// the length that an answer announces before any of it arrives: a store that is not a Redis could crash the server with
// one line.
const (
	mostBytes    = 16 << 20
	mostElements = 1 << 17
	mostDepth    = 16
	mostLine     = 64 << 10
)

// frames follows the values of a stream in the Redis protocol (RESP2 and RESP3) as the bytes arrive. It stores none of
// them and allocates nothing. The client library finds the same borders between the values that it lets pass.
type frames struct {
	skip  int             // bytes of a string still to come, including its line end
	depth int             // of lists around the next value
	left  [mostDepth]int  // values still to come in each of them
	push  bool            // the next string is the name of a push
	line  int             // bytes of a line that came in an earlier read
	head  [headBytes]byte // the first of them
	last  byte            // and the last

	bytes, elements int // what this value may still use
}

// types are the first bytes of values. Streamed values and attributes are missing: a Redis sends them only on request.
var types = []byte("$+:-*%_#,(~>=!")

// headBytes is the longest line with a length: a type, a sign, 19 digits and the line end.
const headBytes = 23

// invalidate is the one push that the client asks for, with its line end.
const invalidate = "invalidate\r\n"

// feed follows the next bytes, and returns how many values begin in them. Pushes do not count: they answer no command.
func (f *frames) feed(p []byte) (begun int, err error) {
	for len(p) > 0 {
		if f.skip > 0 {
			n := min(f.skip, len(p))
			if from := len(invalidate) - f.skip; f.push && invalidate[from:from+n] != string(p[:n]) {
				return begun, fmt.Errorf("a push that was not asked for")
			}
			p = p[n:]
			if f.skip -= n; f.skip == 0 {
				f.push = false
				f.ended()
			}
			continue
		}
		if f.line == 0 && !bytes.Contains(types, p[:1]) {
			return begun, fmt.Errorf("the type %q", p[0])
		}
		if f.line == 0 && f.depth == 0 {
			if f.bytes, f.elements = mostBytes, mostElements; p[0] != '>' {
				begun++
			}
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			return begun, f.keep(p)
		}
		line := p[:end+1]
		p = p[end+1:]
		if f.line > 0 {
			if err := f.keep(line); err != nil {
				return begun, err
			}
			line = f.head[:min(f.line, headBytes)]
		} else {
			f.line = len(line)
			if len(line) > 1 {
				f.last = line[len(line)-2]
			}
		}
		if err := f.whole(line); err != nil {
			return begun, err
		}
		f.line = 0
	}
	return begun, nil
}

// keep stores part of an incomplete line.
func (f *frames) keep(part []byte) error {
	if f.line < headBytes {
		copy(f.head[f.line:], part)
	}
	if n := len(part); part[n-1] != '\n' {
		f.last = part[n-1]
	} else if n > 1 {
		f.last = part[n-2]
	}
	f.line += len(part)
	// The client library skips the ends of these lines, whatever they are, and would take what follows for another value.
	if f.line > mostLine || f.head[0] == '_' && f.line > len("_\r\n") || f.head[0] == '#' && f.line > len("#t\r\n") {
		return fmt.Errorf("a line of %d bytes", f.line)
	}
	return nil
}

// whole processes a complete line, given at least its first headBytes; f.line is its length.
func (f *frames) whole(line []byte) error {
	if f.line < 3 || f.last != '\r' {
		return fmt.Errorf("a line without its end")
	}
	if f.push && (line[0] != '$' || f.line != len("$10\r\n")) {
		return fmt.Errorf("a push without a name")
	}
	switch line[0] {
	case '+', '-', ':', ',', '(':
		if f.bytes -= f.line; f.line > mostLine || f.bytes < 0 {
			return fmt.Errorf("a line of %d bytes", f.line)
		}
	case '_', '#':
		if null := line[0] == '_'; null && f.line != len("_\r\n") || !null && f.line != len("#t\r\n") {
			return fmt.Errorf("a null or a boolean of %d bytes", f.line)
		}
	case '$', '=', '!':
		return f.text(line)
	default:
		return f.list(line)
	}
	f.ended()
	return nil
}

// text processes the line before a string.
func (f *frames) text(line []byte) error {
	n, null, err := f.length(line)
	if err != nil {
		return err
	}
	if null {
		f.ended()
		return nil
	}
	if f.bytes -= n; f.bytes < 0 {
		return fmt.Errorf("more than %d bytes", mostBytes)
	}
	f.skip = n + len("\r\n")
	return nil
}

// list processes the line before several values.
func (f *frames) list(line []byte) error {
	n, null, err := f.length(line)
	if err != nil {
		return err
	}
	if line[0] == '%' {
		n *= 2
	}
	if f.push = line[0] == '>'; f.push && (f.depth > 0 || n < 2) {
		return fmt.Errorf("a push within a list, or of one part")
	}
	if f.elements -= n; f.elements < 0 {
		return fmt.Errorf("more than %d values", mostElements)
	}
	if null || n == 0 {
		f.ended()
		return nil
	}
	if f.depth == mostDepth {
		return fmt.Errorf("lists within %d lists", mostDepth)
	}
	f.left[f.depth] = n
	f.depth++
	return nil
}

// length reads the number of a line. RESP2 has -1 for a string or a list that does not exist.
func (f *frames) length(line []byte) (n int, null bool, err error) {
	digits := line[1 : len(line)-len("\r\n")]
	if f.line > headBytes || len(digits) > 10 {
		return 0, false, fmt.Errorf("a length of %d digits", f.line-len("$\r\n"))
	}
	if string(digits) == "-1" && (line[0] == '$' || line[0] == '*') {
		return 0, true, nil
	}
	if len(digits) == 0 {
		return 0, false, fmt.Errorf("no length")
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false, fmt.Errorf("the length %q", digits)
		}
		n = n*10 + int(c-'0')
	}
	return n, false, nil
}

// ended records that a value has ended, and with it the lists that it was the last of.
func (f *frames) ended() {
	for f.depth > 0 {
		if f.left[f.depth-1]--; f.left[f.depth-1] > 0 {
			return
		}
		f.depth--
	}
}
