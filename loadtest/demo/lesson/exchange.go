package lesson

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/wire"
)

// Header is a line of a request's or an answer's head.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is what a person's browser, or a thief's program, sends.
type Request struct {
	Method  string   `json:"method"`
	URL     string   `json:"url"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
}

// Answer is what came back.
type Answer struct {
	Status  int      `json:"status"` // 0 where there was no answer
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	Failure string   `json:"failure,omitempty"` // why there was no answer
}

// Get is the first header of that name.
func (a Answer) Get(name string) string {
	for _, h := range a.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// Exchange is a request and its answer.
type Exchange struct {
	Who     string  `json:"who"`
	Request Request `json:"request"`
	Answer  Answer  `json:"answer"`
	// Curl is the same request as a command of the shell.
	Curl string `json:"curl"`
	// Replica is the index of the replica that answered; -1 where none did.
	Replica int     `json:"replica"`
	Took    float64 `json:"took"` // milliseconds, as the browser sees it
	// Spent is what the replica says about its time, in milliseconds: auth, store, total.
	Spent map[string]float64 `json:"spent,omitempty"`
	// Asked is how often the store was asked for it; -1 where that is not known.
	Asked int `json:"asked"`
	began time.Time
}

// Status is the status of its answer.
func (e Exchange) Status() int { return e.Answer.Status }

// Courier carries requests to the servers. A request without an answer is an Answer with a Failure.
type Courier interface {
	Carry(ctx context.Context, r Request) Answer
}

// Curl is the request as a command of the shell, ready to paste. It shows the answer's head and body.
func (r Request) Curl() string {
	var line strings.Builder
	line.WriteString("curl -si")
	if r.Method != http.MethodGet {
		line.WriteString(" -X " + r.Method)
	}
	line.WriteString(" " + quoted(r.URL))
	for _, h := range r.Headers {
		line.WriteString(" -H " + quoted(h.Name+": "+h.Value))
	}
	if r.Body != "" {
		line.WriteString(" -d " + quoted(r.Body))
	}
	return line.String()
}

// quoted is one word of the shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// patience is how long a browser waits for an answer.
const patience = 10 * time.Second

// mostBody is how many bytes of an answer are read: more than any of the API has.
const mostBody = 64 << 10

// Browser is a Courier of plain HTTP. It follows no redirect and keeps no cookie: people do.
type Browser struct{ client *http.Client }

// NewBrowser returns a Browser.
func NewBrowser() *Browser {
	client := wire.Client(nil)
	client.Timeout = patience
	return &Browser{client}
}

// Carry implements Courier.
func (b *Browser) Carry(ctx context.Context, r Request) Answer {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return Answer{Failure: err.Error()}
	}
	for _, h := range r.Headers {
		request.Header.Add(h.Name, h.Value)
	}
	answer, err := b.client.Do(request)
	if err != nil {
		return Answer{Failure: err.Error()}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBody))
	if err != nil {
		return Answer{Failure: err.Error()}
	}
	a := Answer{Status: answer.StatusCode, Body: string(body)}
	for _, name := range inOrder(answer.Header) {
		for _, value := range answer.Header[name] {
			a.Headers = append(a.Headers, Header{name, value})
		}
	}
	return a
}

// Pretty is a body of JSON with its line breaks, and any other as it is.
func Pretty(body string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(body), "", "  ") != nil {
		return body
	}
	return out.String()
}

// spent reads a header Server-Timing: auth;dur=0.141, total;dur=0.218.
func spent(header string) map[string]float64 {
	parts := map[string]float64{}
	for part := range strings.SplitSeq(header, ",") {
		name, dur, ok := strings.Cut(strings.TrimSpace(part), ";dur=")
		if ms, err := strconv.ParseFloat(dur, 64); ok && err == nil {
			parts[name] = ms
		}
	}
	return parts
}

// replicaOf reads the index from a replica's name, NONCE-INDEX.
func replicaOf(name, nonce string) int {
	index, ok := strings.CutPrefix(name, nonce+"-")
	if n, err := strconv.Atoi(index); ok && err == nil {
		return n
	}
	return -1
}

// failed says why an answer does not count.
func (a Answer) failed() error {
	if a.Failure != "" {
		return amiss{message.New("demo.amiss.unanswered", "why", a.Failure)}
	}
	return nil
}
