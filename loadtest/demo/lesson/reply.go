package lesson

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// command is a command in Redis' protocol.
func command(words []string) []byte {
	var out []byte
	out = fmt.Appendf(out, "*%d\r\n", len(words))
	for _, word := range words {
		out = fmt.Appendf(out, "$%d\r\n%s\r\n", len(word), word)
	}
	return out
}

var errReply = errors.New("the store does not speak the Redis protocol")

// Bounds of an answer: more than the evidence ever asks for.
const (
	mostBytes = 1 << 20
	mostParts = 100_000
)

// reply reads an answer: a string, an int64, a list of answers, or nil.
func reply(in *bufio.Reader) (any, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return nil, errReply
	}
	switch rest := line[1:]; line[0] {
	case '+':
		return rest, nil
	case '-':
		return nil, errors.New(rest)
	case ':':
		return strconv.ParseInt(rest, 10, 64)
	case '$':
		n, err := strconv.Atoi(rest)
		if err != nil || n > mostBytes {
			return nil, errReply
		}
		if n < 0 {
			return nil, nil
		}
		body := make([]byte, n+2)
		_, err = io.ReadFull(in, body)
		return string(body[:n]), err
	case '*':
		n, err := strconv.Atoi(rest)
		if err != nil || n > mostParts {
			return nil, errReply
		}
		list := make([]any, max(0, n))
		for i := range list {
			if list[i], err = reply(in); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return nil, errReply
}
