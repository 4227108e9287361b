package redis

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// says returns the address of a store that answers like a Redis until the client is connected, and with text from the
// next command on.
func says(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				in := make([]byte, 64<<10)
				for greeted := false; ; greeted = true {
					if _, err := c.Read(in); err != nil {
						return
					}
					answer := text
					if !greeted {
						answer = hello
					}
					if _, err := io.WriteString(c, answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// hello is how a Redis answers HELLO 3.
const hello = "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"

// strange holds answers that no Redis gives. Each would crash the program, by the memory that it announces or by a
// panic in the client library, or make it mistake one answer for another.
var strange = map[string]string{
	"a giant string":              "$999999999999\r\n",
	"a large string":              "$16777217\r\n",
	"a giant array":               "*999999999\r\n",
	"a large array":               "*131073\r\n",
	"a giant map":                 "%999999999\r\n",
	"a map twice as large":        "%65537\r\n",
	"a giant set":                 "~999999999\r\n",
	"a giant push":                ">999999999\r\n",
	"a giant verbatim string":     "=999999999999\r\n",
	"a giant error":               "!999999999999\r\n",
	"a giant attribute":           "|999999999\r\n",
	"an attribute":                "|1\r\n+a\r\n+b\r\n+OK\r\n",
	"a number that overflows":     "$18446744073709551617\r\n",
	"a map that overflows":        "%9223372036854775807\r\n",
	"a negative string":           "$-2\r\n",
	"a negative array":            "*-2\r\n",
	"a negative map":              "%-1\r\n",
	"a negative set":              "~-1\r\n",
	"a negative verbatim string":  "=-1\r\n",
	"a stream of strings":         "$?\r\n;4\r\nabcd\r\n;0\r\n",
	"a stream of values":          "*?\r\n+a\r\n.\r\n",
	"large arrays in an array":    "*2\r\n*70000\r\n" + strings.Repeat(":1\r\n", 70000) + "*70000\r\n",
	"arrays in arrays":            strings.Repeat("*1\r\n", 10_000) + "+OK\r\n",
	"large strings in an array":   "*2\r\n$9000000\r\n" + strings.Repeat("x", 9_000_000) + "\r\n$9000000\r\n",
	"a line without end":          "+" + strings.Repeat("x", 70_000),
	"a long line":                 "+" + strings.Repeat("x", 70_000) + "\r\n",
	"no length":                   "$\r\n",
	"a length with a letter":      "$1x\r\n",
	"a length with a plus":        "$+1\r\nx\r\n",
	"a length of many digits":     "$00000000000000000000000000000001\r\nx\r\n",
	"a line feed alone":           "$1\nx\r\n",
	"an unknown type":             "hello\r\n",
	"an empty line":               "\r\n",
	"a null that is something":    "_$5\r\n",
	"a boolean that is more":      "#true\r\n",
	"nulls without line ends":     "_aa_aa_aa",
	"booleans without line ends":  "#aaa#aaa",
	"the end of a stream":         ".aa.aa.aa",
	"a push within an array":      "*1\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n",
	"a push of a subscription":    ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
	"a push of another name":      ">2\r\n$10\r\ninvalidatf\r\n_\r\n",
	"a push whose name is a list": ">2\r\n*1\r\n+a\r\n_\r\n",
	"two answers to one question": "+OK\r\n+OK\r\n",
}

// TestStrangeAnswers: each is an error, and the program continues.
func TestStrangeAnswers(t *testing.T) {
	for what, text := range strange {
		t.Run(what, func(t *testing.T) {
			began := time.Now()
			c, err := Open(Options{Address: says(t, text), AnswerWithin: 10 * time.Second})
			if err == nil {
				c.Close()
				t.Fatal("it was accepted")
			}
			if took := time.Since(began); took >= 10*time.Second {
				t.Errorf("it was waited for: %v", err)
			}
			for name, way := range ways(text) {
				if begun, err := followed(way); err == nil && begun < 2 {
					t.Errorf("%s: it was let through", name)
				}
			}
		})
	}
}

// ways are those in which a text may arrive.
func ways(text string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"halves": iotest.HalfReader(strings.NewReader(text)),
	}
}

// followed runs frames over everything that a reader has.
func followed(r io.Reader) (begun int, err error) {
	var f frames
	p := make([]byte, 32<<10)
	for {
		n, end := r.Read(p)
		more, err := f.feed(p[:n])
		if begun += more; err != nil {
			return begun, err
		}
		if end != nil {
			return begun, nil
		}
	}
}

// usual holds values as Redis sends them, with how many begin in each.
var usual = map[string]int{
	"+OK\r\n": 1, "-ERR no\r\n": 1, ":-1\r\n": 1, "$-1\r\n": 1, "*-1\r\n": 1,
	"_\r\n": 1, "#t\r\n": 1, ",1.5\r\n": 1, "(123\r\n": 1,
	"$0\r\n\r\n": 1, "$5\r\na\r\nbc\r\n+OK\r\n": 2, "*0\r\n:1\r\n": 2, "%1\r\n+a\r\n*2\r\n:1\r\n$1\r\nb\r\n:3\r\n": 2,
	"=5\r\ntxt:a\r\n!3\r\nERR\r\n": 2, "*2\r\n*1\r\n*0\r\n~1\r\n:1\r\n+OK\r\n": 2, hello: 1,
	">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n:1\r\n":                                 1,
	">2\r\n$10\r\ninvalidate\r\n_\r\n>2\r\n$10\r\ninvalidate\r\n*-1\r\n":                            0,
	strings.Repeat("*1\r\n", mostDepth) + ":1\r\n:1\r\n":                                            2,
	"*131072\r\n" + strings.Repeat("_\r\n", mostElements):                                           1,
	"$16777216\r\n" + strings.Repeat("x", mostBytes) + "\r\n$16777216\r\n":                          2,
	"-" + strings.Repeat("x", mostLine-3) + "\r\n":                                                  1,
	"*1\r\n%1\r\n$10\r\nauthlab:l1\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$3\r\nend\r\n$1\r\nx\r\n_\r\n": 2,
}

// TestUsualAnswers are followed however they are split.
func TestUsualAnswers(t *testing.T) {
	for text, want := range usual {
		for name, way := range ways(text) {
			if begun, err := followed(way); begun != want || err != nil {
				t.Errorf("%.60q, %s: %d values, %v, want %d", text, name, begun, err, want)
			}
		}
	}
}

// FuzzFrames checks that accepted input is bounded and has the same borders however it is split, and that a simple
// reader finds the same borders.
func FuzzFrames(f *testing.F) {
	for text := range usual {
		f.Add([]byte(text[:min(len(text), 1000)]), 3)
	}
	for _, text := range strange {
		f.Add([]byte(text[:min(len(text), 1000)]), 5)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		cut = max(1, min(cut, len(text)))
		var whole, parts frames
		begun, err := whole.feed(text)
		again := 0
		var partly error
		for rest := text; len(rest) > 0 && partly == nil; rest = rest[min(cut, len(rest)):] {
			var n int
			n, partly = parts.feed(rest[:min(cut, len(rest))])
			again += n
		}
		if (err == nil) != (partly == nil) || err == nil && (begun != again || state(whole) != state(parts)) {
			t.Fatalf("%q: %d, %v; cut by %d: %d, %v", text, begun, err, cut, again, partly)
		}
		if err != nil {
			return
		}
		if whole.depth < 0 || whole.depth > mostDepth || whole.skip > mostBytes+2 || whole.line > mostLine {
			t.Fatalf("%q: %+v", text, whole)
		}
		values, complete := 0, true
		for in := bufio.NewReader(bytes.NewReader(text)); complete; {
			var push bool
			if _, err := in.Peek(1); err != nil {
				break
			}
			if push, complete = simple(t, in); !push {
				values++
			}
		}
		if values != begun {
			t.Fatalf("%q: %d values, and %d by a simple reader", text, begun, values)
		}
	})
}

// state is what decides how frames continues.
func state(f frames) string {
	head := string(f.head[:min(f.line, headBytes)])
	return fmt.Sprint(f.skip, f.left[:f.depth], f.push, f.line, head, f.bytes, f.elements)
}

// simple reads one value as the client library does, and reports whether it was complete.
func simple(t *testing.T, in *bufio.Reader) (push, complete bool) {
	kind, err := in.ReadByte()
	if err != nil {
		return false, false
	}
	push = kind == '>'
	if kind == '_' || kind == '#' {
		n, _ := in.Discard(map[byte]int{'_': 2, '#': 3}[kind])
		return push, n > 1
	}
	line, err := in.ReadString('\n')
	if err != nil {
		return push, false
	}
	n := 0
	for _, c := range strings.TrimSuffix(line, "\r\n") {
		n = n*10 + int(c-'0')
	}
	switch {
	case strings.IndexByte("+-:,(", kind) >= 0 || line == "-1\r\n":
		return push, true
	case strings.IndexByte("$=!", kind) >= 0:
		got, _ := in.Discard(n + 2)
		return push, got == n+2
	case kind == '%':
		n *= 2
	}
	for range n {
		if _, complete := simple(t, in); !complete {
			return push, false
		}
	}
	return push, true
}

// BenchmarkFrames measures what following costs a request: the command sent and the answer received.
func BenchmarkFrames(b *testing.B) {
	out := []byte("*4\r\n$5\r\nGETEX\r\n$54\r\n" + strings.Repeat("k", 54) + "\r\n$2\r\nPX\r\n$7\r\n1800000\r\n")
	in := []byte("$120\r\n" + strings.Repeat("x", 120) + "\r\n")
	var f, g frames
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.feed(out); err != nil {
			b.Fatal(err)
		}
		if _, err := g.feed(in); err != nil {
			b.Fatal(err)
		}
	}
}
