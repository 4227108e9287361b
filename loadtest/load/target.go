package load

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/wire"
)

// Target is the destination of a cell's requests, and their users. Its connections stay open from slice to slice. Its
// walk over the users continues where the last slice left it, so that it visits all of them. One slice at a time uses
// it.
type Target struct {
	addr        string
	nonce       string
	names       []string // the replicas' own names, by index; nil where they are named after the nonce
	first       int      // index of the first replica that may answer
	replicas    int      // their number, from that one on
	credentials []credential.Credential
	head        []byte     // the start of every request
	order       []int32    // whose request is next, over and over
	hottest     int        // the credential that comes most often; -1 where all come in turn
	pins        *wire.Pins // the addresses at which addr is reached; nil allows any
	secure      bool
	trusted     *tls.Config // for https; nil trusts the system's certificates
	next        atomic.Uint64
	lanes       []*lane
}

// NewTarget prepares GET requests of path at base, an http or https URL, for every credential. Answers must come from
// the given number of replicas, from index first on, of the lab with that nonce.
func NewTarget(
	base, path, nonce string, first, replicas int, credentials []credential.Credential, seed uint64,
) (*Target, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" {
		return nil, fmt.Errorf("load goes to http://HOST:PORT or https://HOST:PORT, not to %q", base)
	}
	if len(credentials) == 0 || first < 0 || replicas < 1 {
		return nil, fmt.Errorf("load needs users and replicas, not %d and %d", len(credentials), replicas)
	}
	order, hottest := plan.Identities{}.Order(len(credentials), seed)
	return &Target{
		addr: u.Host, nonce: nonce, first: first, replicas: replicas, credentials: credentials,
		secure: u.Scheme == "https",
		head:   []byte("GET " + path + " HTTP/1.1\r\nHost: " + u.Host + "\r\n"),
		order:  order, hottest: hottest,
	}, nil
}

// Let sets which users come. Without it they come in turn.
func (t *Target) Let(who plan.Identities, seed uint64) {
	t.order, t.hottest = who.Order(len(t.credentials), seed)
}

// Call sets the replicas' own names, where the lab did not start them and they are not named after the nonce.
func (t *Target) Call(names []string) { t.names = names }

// Pin restricts connections to the addresses that were checked.
func (t *Target) Pin(pins *wire.Pins) { t.pins = pins }

// drawn is the number of users who come at random; 0 where they come in turn.
func (t *Target) drawn() int {
	if t.hottest < 0 {
		return 0
	}
	return len(t.credentials)
}

// Close closes the connections.
func (t *Target) Close() {
	for _, l := range t.lanes {
		l.Close()
	}
	t.lanes = nil
}

// ready returns n lanes with zeroed counts. It replaces connections that their server has closed since the last slice.
func (t *Target) ready(n int) []*lane {
	for len(t.lanes) < n {
		l := &lane{Conn: wire.New(t.addr)}
		if t.secure {
			l.Conn = wire.NewSecure(t.addr, t.trusted)
		}
		l.Pin(t.pins)
		t.lanes = append(t.lanes, l)
	}
	for _, l := range t.lanes {
		l.Refresh()
		l.tally = tally{replicas: make([]uint64, t.first+t.replicas), took: l.took[:0]}
		l.In, l.Out = 0, 0
	}
	return t.lanes[:n]
}

// lane is a connection with its counts. Only the goroutine that holds it touches it.
type lane struct {
	*wire.Conn
	tally
	request []byte
}

// tally counts verdicts, without a lock or a map on the path of a good answer.
type tally struct {
	answered uint64 // every request that was tried, counted or not
	hottest  uint64 // of those, of the user who comes most often
	ok       uint64 // of those, with an answer inside the window
	others   map[record.Verdict]uint64
	replicas []uint64 // answers inside the window, by replica
	took     []time.Duration
}

// count adds an answer that came inside the window.
func (y *tally) count(a answer, took time.Duration) {
	if a.replica >= 0 {
		y.replicas[a.replica]++
	}
	if a.verdict == record.OK {
		y.ok++
		y.took = append(y.took, took)
		return
	}
	if y.others == nil {
		y.others = map[record.Verdict]uint64{}
	}
	y.others[a.verdict]++
}

// answer is the outcome of one request. replica is -1 when no replica of the lab answered.
type answer struct {
	verdict record.Verdict
	replica int
}

// send sends the next user's request over l and judges the answer.
func (t *Target) send(l *lane) (a answer, status int, err error) {
	who := int(t.order[t.next.Add(1)%uint64(len(t.order))])
	if who == t.hottest {
		l.hottest++
	}
	reply, err := t.ask(l, who)
	return t.judge(reply, err, t.credentials[who].Me), reply.Status, err
}

// ask sends the request of the user with that index.
func (t *Target) ask(l *lane, who int) (wire.Reply, error) {
	c := &t.credentials[who]
	// Written for each request: prepared requests for all users and every cluster would fill a small machine's memory.
	l.request = append(append(append(append(append(l.request[:0], t.head...), c.Header...), ": "...), c.Value...),
		"\r\n\r\n"...)
	l.answered++
	return l.Do(l.request)
}

// judge decides whether a reply counts: whether it came from one of this lab's replicas, with the expected status, for
// the expected user.
func (t *Target) judge(reply wire.Reply, err error, me []byte) answer {
	if err != nil {
		return answer{record.Verdict("error-" + wire.Word(err)), -1}
	}
	replica := t.replica(reply.Replica)
	switch {
	case reply.Status >= 500 && len(reply.Replica) == 0: // the balancer's own answer
		return answer{statusVerdict(reply.Status), -1}
	case replica < 0:
		return answer{record.WrongReplica, -1}
	case reply.Status == http.StatusUnauthorized:
		return answer{record.Unauthenticated, replica}
	case reply.Status != http.StatusOK:
		return answer{statusVerdict(reply.Status), replica}
	case !bytes.Equal(reply.Body, me) && !sameUser(reply.Body, me):
		return answer{record.WrongUser, replica}
	default:
		return answer{record.OK, replica}
	}
}

func statusVerdict(status int) record.Verdict {
	return record.Verdict("status-" + strconv.Itoa(status))
}

// replica reads <nonce>-<index>, or looks the name up where replicas have names of their own. It returns -1 for
// anything else.
func (t *Target) replica(name []byte) int {
	if t.names != nil {
		return slices.IndexFunc(t.names, func(called string) bool { return called == string(name) })
	}
	n := len(t.nonce)
	if len(name) < n+2 || string(name[:n]) != t.nonce || name[n] != '-' {
		return -1
	}
	index := 0
	for _, digit := range name[n+1:] {
		if digit < '0' || digit > '9' || index > 1<<16 {
			return -1
		}
		index = 10*index + int(digit-'0')
	}
	if index < t.first || index >= t.first+t.replicas {
		return -1
	}
	return index
}

// sameUser compares the meaning of two answers, for servers that write JSON in another form.
func sameUser(got, want []byte) bool {
	var a, b struct{ ID, Name, Role string }
	return json.Unmarshal(got, &a) == nil && json.Unmarshal(want, &b) == nil && a == b && a.Name != ""
}
