package tape

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// errReply means that what a store answered cannot be read.
var errReply = errors.New("tape: the store does not speak the Redis protocol")

const (
	deepest = 8       // answers within answers
	largest = 1 << 24 // bytes of a string, or elements of a list
)

// skip reads one answer, of either version of the protocol, and reports whether it is an error.
func skip(in *bufio.Reader) (failed bool, err error) {
	for {
		kind, err := value(in, deepest)
		if err != nil || kind != '>' { // what Redis says unasked is no answer
			return kind == '-' || kind == '!', err
		}
	}
}

// value reads one value, and returns its kind.
func value(in *bufio.Reader, depth int) (kind byte, err error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || err == nil && len(line) < 3 || depth == 0 {
		return 0, errReply
	}
	if err != nil {
		return 0, err
	}
	kind = line[0]
	switch kind {
	case '+', '-', ':', '_', ',', '#', '(':
		return kind, nil
	}
	n, err := length(line[1:])
	if err != nil || n < 0 { // RESP2's nil is a string, or a list, of length -1
		return kind, err
	}
	switch kind {
	case '$', '=', '!':
		_, err := in.Discard(n + 2)
		return kind, err
	case '%', '|':
		n *= 2
	case '*', '~', '>':
	default:
		return kind, errReply
	}
	for range n {
		if _, err := value(in, depth-1); err != nil {
			return kind, err
		}
	}
	if kind == '|' { // attributes precede the value that they describe
		return value(in, depth-1)
	}
	return kind, nil
}

func length(digits []byte) (int, error) {
	n, err := strconv.Atoi(string(bytes.TrimRight(digits, "\r\n")))
	if err != nil || n < -1 || n > largest {
		return 0, errReply
	}
	return n, nil
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
