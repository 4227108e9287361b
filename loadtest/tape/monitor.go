package tape

import (
	"bytes"
	"errors"
	"strconv"
)

// errLine means that a line is none of MONITOR's.
var errLine = errors.New("tape: a line of MONITOR cannot be read")

// inner is where the commands of a script come from. Whoever sends the script again sends them too.
var inner = []byte(" lua")

// words takes a line of MONITOR apart: +1339518083.107412 [0 127.0.0.1:60866] "get" "key". It returns nothing for a
// command inside a script.
func words(line []byte) ([][]byte, error) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 || line[0] != '+' {
		return nil, errLine
	}
	// An address may contain brackets itself; a Unix socket has a path without quotes before the bracket.
	from, rest, ok := bytes.Cut(line, []byte(`] "`))
	if !ok || !bytes.Contains(from, []byte(" [")) {
		return nil, errLine
	}
	if bytes.HasSuffix(from, inner) {
		return nil, nil
	}
	var all [][]byte
	for {
		word, after, err := unquote(rest)
		if err != nil {
			return nil, err
		}
		all = append(all, word)
		if len(after) == 0 {
			return all, nil
		}
		if rest, ok = bytes.CutPrefix(after, []byte(` "`)); !ok {
			return nil, errLine
		}
	}
}

// escaped are the characters that Redis writes with a letter after the backslash.
var escaped = map[byte]byte{'\\': '\\', '"': '"', 'n': '\n', 'r': '\r', 't': '\t', 'a': '\a', 'b': '\b'}

// unquote reads a word up to its closing quote.
func unquote(text []byte) (word, after []byte, err error) {
	word = []byte{}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return word, text[i+1:], nil
		case c != '\\':
			word = append(word, c)
		case i+3 < len(text) && text[i+1] == 'x':
			n, err := strconv.ParseUint(string(text[i+2:i+4]), 16, 8)
			if err != nil {
				return nil, nil, errLine
			}
			word = append(word, byte(n))
			i += 3
		case i+1 < len(text) && escaped[text[i+1]] != 0:
			word = append(word, escaped[text[i+1]])
			i++
		default:
			return nil, nil, errLine
		}
	}
	return nil, nil, errLine
}

// encode writes a command as a client sends it.
func encode(command [][]byte) []byte {
	out := append(strconv.AppendInt([]byte{'*'}, int64(len(command)), 10), "\r\n"...)
	for _, word := range command {
		out = append(strconv.AppendInt(append(out, '$'), int64(len(word)), 10), "\r\n"...)
		out = append(append(out, word...), "\r\n"...)
	}
	return out
}
