package message_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/message"
)

// TestSaid: a message says the same before and after it is stored, and never invents a value.
func TestSaid(t *testing.T) {
	for want, m := range map[string]message.Message{
		"":                                      {},
		"1 answer named another user":           message.New("slice.wrong-user", "count", uint64(1)),
		"20 answers named another user":         message.New("slice.wrong-user", "count", 20),
		"the generator was late by 12 ms (p99)": message.New("slice.late", "lag", 12*time.Millisecond),
		"the replica was busy 93.8 % of the time": message.New("slice.idle", "tier",
			"replica", "share", 0.9375),
		"the store was asked 1.50 times for each request; by the scheme's design it is 1": message.New("slice.store", "asked",
			1.5, "design", 1.0),
		"1000000 of 2 replicas answered": message.New("slice.replicas",
			"answered", 1_000_000, "replicas", int64(2)),
		"its latencies cannot be read: cut": message.New("slice.latencies-unreadable", "why", errors.New("cut")),
		"words of {{.another}} program":     message.Text("words of {{.another}} program"),
		"slice.late map[]":                  message.New("slice.late"),
		"no.such map[]":                     message.New("no.such"),
		"1 of 2 requests were not sent: this machine ran out of memory for connections: use fewer": message.New(
			"slice.unsent", "unsent", 1, "of", 2, "why", message.Lack("memory")),
	} {
		if got := m.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again message.Message
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if got := again.String(); got != want {
			t.Errorf("written down and read again it is %q, want %q", got, want)
		}
	}
}

// TestLists: a list is said in words, also after it was written down, and one of messages has messages in it.
func TestLists(t *testing.T) {
	rate := func(v float64) message.Message { return message.New("selftest.rate", "rate", v) }
	for want, m := range map[string]message.Message{
		"The own plan asks for 1,000 and 2,500,000.": message.New("selftest.plan-asks",
			"plan", "own", "rates", []message.Message{rate(1000), rate(2.5e6)}),
		"BROKEN GUARANTEE: a login that had ended was taken longer than a, b and c may.": message.New("delays.broken",
			"schemes", []string{"a", "b", "c"}),
	} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again message.Message
		if err := json.Unmarshal(text, &again); err != nil || m.String() != want || again.String() != want {
			t.Errorf("%q, and %q after it was read (%v), want %q", m, again, err, want)
		}
	}
	if err := json.Unmarshal([]byte(`{"key":"text","args":{"text":[[1]]}}`), new(message.Message)); err == nil {
		t.Error("a list in a list is read")
	}
}

// TestSentence: it is written as words, and what is read again says the same.
func TestSentence(t *testing.T) {
	type holder struct {
		Why message.Sentence `json:"why,omitzero"`
	}
	for want, h := range map[string]holder{
		`{}`: {},
		`{"why":"the control differs from itself by more than 2 %"}`: {message.Say("floor.off", "share", 0.02)},
	} {
		text, err := json.Marshal(h)
		var again holder
		if err == nil {
			err = json.Unmarshal(text, &again)
		}
		if string(text) != want || err != nil || again.Why.String() != h.Why.String() {
			t.Errorf("%s and %q (%v), want %s", text, again.Why, err, want)
		}
	}
}

// TestAlike: figures may differ, and what is spoken of may not.
func TestAlike(t *testing.T) {
	for name, test := range map[string]struct {
		a, b message.Message
		want bool
	}{
		"numbers":   {message.New("slice.unanswered", "n", 1), message.New("slice.unanswered", "n", 2.5), true},
		"durations": {message.New("slice.late", "lag", time.Second), message.New("slice.late", "lag", time.Minute), true},
		"texts":     {message.Text("the balancer was started again"), message.Text("the store was replaced"), false},
		"keys":      {message.New("slice.late"), message.New("slice.twice"), false},
		"parts": {
			message.New("slice.unsent", "why", message.Lack("ports")),
			message.New("slice.unsent", "why", message.Lack("memory")), false,
		},
		"lists": {
			message.New("delays.broken", "schemes", []string{"a"}),
			message.New("delays.broken", "schemes", []string{"b"}), false,
		},
		"in lists": {
			message.New("run.ended", "why", []message.Message{message.Text("a")}),
			message.New("run.ended", "why", []message.Message{message.Text("b")}), false,
		},
		"one part": {message.New("slice.unsent", "n", 1, "why", message.Lack("ports")), message.New("slice.unsent", "n", 2,
			"why", message.Lack("ports")), true},
	} {
		if got := test.a.Alike(test.b); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestDeepMessages: reading a message from another program does not recurse without limit.
func TestDeepMessages(t *testing.T) {
	text := strings.Repeat(`{"key":"text","args":{"text":`, 5000) + `"x"` + strings.Repeat("}}", 5000)
	if err := json.Unmarshal([]byte(text), new(message.Message)); err == nil {
		t.Error("5000 levels are read")
	}
}
