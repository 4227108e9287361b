package tape

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWordsOfALine(t *testing.T) {
	for _, x := range []struct {
		line string
		want []string // nil: it is no line of MONITOR
	}{
		{`+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`, []string{"keys", "*"}},
		{`+1339518083.107412 [0 [::1]:60866] "GETEX" "a:x" "PX" "18"` + "\r\n", []string{"GETEX", "a:x", "PX", "18"}},
		{`+1.5 [0 unix:/tmp/a b.sock] "ping"`, []string{"ping"}},
		{`+1.5 [0 1.2.3.4:5] "set" "a\"b" "\\\n\r\t\a\b\x00\xff"`, []string{"set", `a"b`, "\\\n\r\t\a\b\x00\xff"}},
		{`+1.5 [0 1.2.3.4:5] "set" "" "] \"x\""`, []string{"set", "", `] "x"`}},
		{`+1.5 [0 1.2.3.4:5] "(redacted)"`, []string{"(redacted)"}},
		{`+1.5 [0 lua] "get" "x"`, []string{}}, // a script's
		{`+OK`, nil},
		{``, nil},
		{`-ERR no`, nil},
		{`+1.5 [0 1.2.3.4:5]`, nil},
		{`+1.5 [0 1.2.3.4:5] "get`, nil},
		{`+1.5 [0 1.2.3.4:5] "get\`, nil},
		{`+1.5 [0 1.2.3.4:5] "get\q"`, nil},
		{`+1.5 [0 1.2.3.4:5] "get\x0"`, nil},
		{`+1.5 [0 1.2.3.4:5] "get\xzz"`, nil},
		{`+1.5 [0 1.2.3.4:5] "get""x"`, nil},
		{`+1.5 [0 1.2.3.4:5] "get" x`, nil},
	} {
		got, err := words([]byte(x.line))
		if (err != nil) != (x.want == nil) {
			t.Errorf("%q: %q, %v", x.line, got, err)
		}
		have := []string{}
		for _, w := range got {
			have = append(have, string(w))
		}
		if diff := cmp.Diff(x.want, have); diff != "" && x.want != nil {
			t.Errorf("%q (-want +got):\n%s", x.line, diff)
		}
	}
}

// quoted writes words as Redis's sdscatrepr does.
func quoted(words [][]byte) []byte {
	out := []byte("+1.5 [0 127.0.0.1:1]")
	for _, word := range words {
		out = append(out, ` "`...)
		for _, c := range word {
			switch i := strings.IndexByte("\\\"\n\r\t\a\b", c); {
			case i >= 0:
				out = append(out, '\\', `\"nrtab`[i])
			case c < ' ' || c > '~':
				out = fmt.Appendf(out, `\x%02x`, c)
			default:
				out = append(out, c)
			}
		}
		out = append(out, '"')
	}
	return append(out, "\r\n"...)
}

// FuzzWords: whatever a client sends comes back from MONITOR's line, and no line makes the parser panic.
func FuzzWords(f *testing.F) {
	f.Add([]byte("GETEX"), []byte("authlab:s1:key"), []byte(`+1.5 [0 lua] "get" "x"`))
	f.Add([]byte("SET"), bytes.Repeat([]byte{0xea}, 5000), []byte("+"))
	f.Add([]byte(`a"] "b`), []byte("\x00\\x41"), []byte(`+1.5 [0 1.2.3.4:5] "get\x0`))
	f.Fuzz(func(t *testing.T, name, key, line []byte) {
		words(line)
		sent := [][]byte{name, key}
		got, err := words(quoted(sent))
		if err != nil || len(got) != 2 || !bytes.Equal(got[0], name) || !bytes.Equal(got[1], key) {
			t.Errorf("%q came back as %q: %v", sent, got, err)
		}
		// What is sent is one value of the protocol, and nothing is left of it.
		all := encode(got)
		in := bufio.NewReaderSize(bytes.NewReader(all), len(all))
		if failed, err := skip(in); failed || err != nil || in.Buffered() > 0 {
			t.Errorf("%q: %v", all, err)
		}
	})
}

func TestAnswers(t *testing.T) {
	for _, x := range []struct {
		text         string
		failed, ends bool // ends: the text is no whole answer
	}{
		{text: "+OK\r\n"},
		{text: ":-2\r\n"},
		{text: "$-1\r\n"},
		{text: "_\r\n"},
		{text: "$0\r\n\r\n"},
		{text: "$3\r\na\nb\r\n"},
		{text: "*-1\r\n"},
		{text: "*2\r\n$1\r\na\r\n*1\r\n:1\r\n"},
		{text: "%1\r\n+a\r\n:1\r\n"},
		{text: "~1\r\n#t\r\n"},
		{text: ",1.5\r\n"},
		{text: "|1\r\n+a\r\n:1\r\n$1\r\nx\r\n"},
		{text: ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n$1\r\nx\r\n"}, // unasked, and then the answer
		{text: "-ERR no\r\n", failed: true},
		{text: "!5\r\nERR a\r\n", failed: true},
		{text: "", ends: true},
		{text: "$3\r\na", ends: true},
		{text: "*2\r\n:1\r\n", ends: true},
		{text: "hello\r\n", ends: true},
		{text: "$x\r\n", ends: true},
		{text: "$-2\r\n", ends: true},
		{text: "$99999999999\r\n", ends: true},
		{text: strings.Repeat("*1\r\n", 20) + ":1\r\n", ends: true},
	} {
		in := bufio.NewReader(strings.NewReader(x.text))
		failed, err := skip(in)
		if failed != x.failed || (err != nil) != x.ends || !x.ends && in.Buffered() > 0 {
			t.Errorf("%q: failed %v, error %v, %d bytes left", x.text, failed, err, in.Buffered())
		}
	}
}

// FuzzAnswers: no answer makes the reader panic or hang.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n%1\r\n+a\r\n:1\r\n"))
	f.Add([]byte("|1\r\n+a\r\n:1\r\n>1\r\n_\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bufio.NewReader(bytes.NewReader(text))
		for err := error(nil); err == nil; {
			_, err = skip(in)
		}
	})
}
