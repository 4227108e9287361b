package tape

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

var (
	// errReply means that what a store answered cannot be read.
	errReply = errors.New("tape: the store does not speak the Redis protocol")
	// errShort means that the end of an answer is still to come.
	errShort = errors.New("tape: half of an answer")
)

const (
	deepest = 8       // answers within answers
	largest = 1 << 24 // bytes of a string, or elements of a list
)

// answer measures the answer at the beginning of text, of either version of the protocol, and reports whether it is an
// error. What Redis says unasked before it is a part of it.
func answer(text []byte) (size int, failed bool, err error) {
	for {
		kind, n, err := value(text[size:], deepest)
		if size += n; err != nil || kind != '>' {
			return size, kind == '-' || kind == '!', err
		}
	}
}

// value measures one value, and returns its kind.
func value(text []byte, depth int) (kind byte, size int, err error) {
	end := bytes.IndexByte(text, '\n')
	switch {
	case depth == 0 || end >= 0 && end < 2 || end < 0 && len(text) > largest:
		return 0, 0, errReply
	case end < 0:
		return 0, 0, errShort
	}
	kind, size = text[0], end+1
	switch kind {
	case '+', '-', ':', '_', ',', '#', '(':
		return kind, size, nil
	}
	n, err := strconv.Atoi(string(bytes.TrimSuffix(text[1:end], []byte{'\r'})))
	if err != nil || n < -1 || n > largest {
		return 0, 0, errReply
	}
	switch kind {
	case '$', '=', '!':
		if n >= 0 { // -1 is the nil of the older version
			size += n + 2
		}
		if size > len(text) {
			return 0, 0, errShort
		}
		return kind, size, nil
	case '%':
		n *= 2
	case '|': // attributes precede the value that they describe
		n = 2*n + 1
	case '*', '~', '>':
	default:
		return 0, 0, errReply
	}
	for range n {
		_, more, err := value(text[size:], depth-1)
		if err != nil {
			return 0, 0, err
		}
		size += more
	}
	return kind, size, nil
}

// say sends a command and reads its answer, which must not be an error.
func say(out io.Writer, in *bufio.Reader, command ...string) error {
	var all [][]byte
	for _, word := range command {
		all = append(all, []byte(word))
	}
	if _, err := out.Write(encode(all)); err != nil {
		return err
	}
	failed, err := skip(in)
	if err == nil && failed {
		err = errors.New("tape: the store refuses " + command[0])
	}
	return err
}

// skip reads one answer and reports whether it is an error.
func skip(in *bufio.Reader) (failed bool, err error) {
	for have := 0; ; {
		if _, err := in.Peek(have + 1); err != nil {
			return false, err
		}
		text, _ := in.Peek(in.Buffered())
		size, failed, err := answer(text)
		if !errors.Is(err, errShort) {
			in.Discard(size)
			return failed, err
		}
		have = len(text)
	}
}
