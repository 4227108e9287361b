package demo_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"
)

// tape keeps all that was heard.
type tape struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (a *tape) Write(text []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.text.Write(text)
}

func (a *tape) content() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return bytes.Clone(a.text.Bytes())
}

// fetch keeps an answer, head and body.
func fetch(t *testing.T, heard *tape, address string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := answer.Write(heard); err != nil {
		t.Fatal(err)
	}
}

// listen keeps what an address sends, until the test ends.
func listen(t *testing.T, heard *tape, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer answer.Body.Close()
		io.Copy(heard, answer.Body) // which ends with the test
	}()
}
