package run

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"authlab/loadtest/experiment"
)

// TestBrowser: it opens pages, waits for promises, and keeps cookies that no script reads.
func TestBrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing here, where everything must be present: chromium")
		}
		t.Skip("chromium is not installed")
	}
	if testing.Short() {
		t.Skip("Chromium is left out with -short")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "secret", Value: "1", HttpOnly: true})
		http.SetCookie(w, &http.Cookie{Name: "open", Value: "2"})
		w.Write([]byte(r.Header.Get("Cookie")))
	}))
	t.Cleanup(s.Close)
	b, err := newBrowser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Open(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		`document.cookie`:                     "open=2",
		`fetch("/").then(r => r.text())`:      "secret=1; open=2",
		`1 + 1`:                               "2",
		`localStorage.nothing ? "some" : "0"`: "0",
	} {
		if got, err := b.Run(t.Context(), expression); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", expression, got, want, err)
		}
	}
	if _, err := b.Run(t.Context(), `Promise.reject(new Error("no"))`); err == nil {
		t.Error("a promise that is not kept has a value")
	}
	if err := b.Open(t.Context(), "http://127.0.0.1:1/"); err == nil {
		t.Error("a page was opened where no server is")
	}
}

// TestBrowserIsMissing: that is no error of a run.
func TestBrowserIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := newBrowser(t.Context()); !errors.As(err, new(experiment.Unable)) {
		t.Errorf("without Chromium: %v", err)
	}
}
