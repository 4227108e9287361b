package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"testing"
	"time"
)

// stricter are the refusals of answers that net/http accepts, by the beginning of their text. Each comes with a
// condition that the answer must then meet. Any other refusal is a bug.
var stricter = map[string]func(answer []byte) bool{
	"status line":         regexp.MustCompile(`HTTP/([02-9]|1\.[2-9])|HTTP/1\.[01]( {2,}| [-+0])`).Match,
	"header line":         regexp.MustCompile(`\n([ \t:]|[^:\r\n]* [^:\r\n]*:)`).Match,
	"content-length":      regexp.MustCompile(`(?is)content-length.*content-length|content-length:[ \t]*\d{10}`).Match,
	"a length and chunks": regexp.MustCompile(`(?is)transfer-encoding.*content-length`).Match,
	"transfer-encoding": regexp.MustCompile(
		`(?is)HTTP/1\.0.*transfer-encoding|content-length.*transfer-encoding`).Match,
	"switched protocols":    regexp.MustCompile(`HTTP/1\.[01] 101`).Match,
	"only interim answers":  regexp.MustCompile(`(?s)(HTTP/1\.[01] 1.*){5}`).Match,
	"chunk size":            longer(maxBody),
	"body of":               longer(maxBody),
	"body larger":           longer(maxBody),
	"an answer larger than": longer(maxAnswer),
	"headers larger":        longer(maxHead),
	"a line of more than":   longer(maxTrailer),
}

func longer(limit int) func([]byte) bool { return func(b []byte) bool { return len(b) > limit } }

// reading is a client's reading of an answer.
type reading struct {
	status        int
	replica, body string
	cookies       string
	kept          bool // the connection may be reused
}

// FuzzAnswer feeds the same bytes, in pieces of piece bytes, to this client and to net/http. What this client accepts
// must mean the same to both. What it refuses net/http must also refuse, unless the answer is of a kind that only this
// client refuses.
func FuzzAnswer(f *testing.F) {
	for _, seed := range answers {
		if len(seed.text) > maxHead { // TestAnswers covers the large ones: varying them takes long and finds little
			continue
		}
		f.Add([]byte(seed.text), seed.head, 1<<16)
		f.Add([]byte(seed.text), !seed.head, 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, head bool, piece int) {
		request := scripted{head: head}.request()
		from := &recorded{text: text, piece: max(piece, 1)}
		c := New("")
		c.tcp, c.buf = from, make([]byte, 0, 8<<10)
		reply, err := c.exchange(request, time.Now())
		theirs, theirErr := readTheirs(text, request)
		switch {
		case err != nil && theirErr != nil:
		case err != nil:
			if !isStricter(err, text) {
				t.Fatalf("refused (%v) what net/http reads as %+v", err, theirs)
			}
		case theirErr != nil:
			t.Fatalf("net/http refuses it (%v), this client reads %d %.60q", theirErr, reply.Status, reply.Body)
		default:
			// Bytes that have arrived but were not read are found before the connection is reused.
			ours := reading{
				reply.Status, string(reply.Replica), string(reply.Body),
				string(bytes.Join(reply.Values("set-cookie"), []byte("|"))),
				!reply.close && len(from.text) == 0,
			}
			theirs.kept = theirs.kept && !regexp.MustCompile(`HTTP/1\.0 [2-9]`).Match(text)
			if ours != theirs {
				t.Errorf("read as %+v, by net/http as %+v", ours, theirs)
			}
		}
	})
}

// odd matches lines that do not end in CR LF, and lines that continue in the next. Refusing such an answer is right,
// whatever the reason given.
var odd = regexp.MustCompile(`(^|[^\r])\n|\n[ \t]`)

func isStricter(err error, text []byte) bool {
	if errors.Is(err, errProtocol) && odd.Match(text) {
		return true
	}
	for words, found := range stricter {
		if strings.HasPrefix(err.Error(), errProtocol.Error()+": "+words) {
			return found(text)
		}
	}
	return false
}

// readTheirs lets net/http read an answer to request.
func readTheirs(text, request []byte) (r reading, err error) {
	asked, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return r, err
	}
	from := bufio.NewReader(bytes.NewReader(text))
	answer, err := http.ReadResponse(from, asked)
	for err == nil && answer.StatusCode < 200 && answer.StatusCode != http.StatusSwitchingProtocols {
		answer, err = http.ReadResponse(from, asked)
	}
	if err != nil {
		return r, err
	}
	body, err := io.ReadAll(answer.Body)
	_, end := from.Peek(1)
	return reading{
		answer.StatusCode, answer.Header.Get("X-Replica"), string(body), strings.Join(answer.Header["Set-Cookie"], "|"),
		!answer.Close && end == io.EOF,
	}, err
}

// TestAgreesWithTransport asks twice over this client and over net/http's transport. Both must read the same answers,
// and agree on whether to keep the connection.
func TestAgreesWithTransport(t *testing.T) {
	for _, test := range answers {
		if test.err != "" || test.extra { // net/http's transport may see such bytes too late
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			texts := []string{test.text, test.text}
			if test.close {
				texts = texts[:1]
			}
			addr := answer(t, test.close, texts...)
			transport := &http.Transport{DisableCompression: true}
			defer transport.CloseIdleConnections()
			reused := false
			asked, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(test.request())))
			if err != nil {
				t.Fatal(err)
			}
			asked.RequestURI, asked.URL.Scheme, asked.URL.Host = "", "http", addr
			asked = asked.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GotConn: func(g httptrace.GotConnInfo) { reused = g.Reused },
			}))
			c := New(addr)
			defer c.Close()
			for range 2 {
				reply, err := c.Do(test.request())
				if err != nil {
					t.Fatal(err)
				}
				theirs, err := transport.RoundTrip(asked)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(theirs.Body)
				theirs.Body.Close()
				if err != nil || theirs.StatusCode != reply.Status || !bytes.Equal(body, reply.Body) {
					t.Errorf("net/http reads %d %.60q (%v), this client %d %.60q",
						theirs.StatusCode, body, err, reply.Status, reply.Body)
				}
			}
			if kept := c.tcp != nil; kept != reused && !strings.HasPrefix(test.text, "HTTP/1.0") {
				t.Errorf("the connection is kept: %t, by net/http: %t", kept, reused)
			}
		})
	}
}

// recorded is a connection that answers with fixed bytes.
type recorded struct {
	net.Conn
	text  []byte
	piece int
}

func (r *recorded) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[:min(r.piece, len(r.text))])
	r.text = r.text[n:]
	return n, nil
}

func (r *recorded) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorded) SetDeadline(time.Time) error { return nil }
func (r *recorded) Close() error                { return nil }
