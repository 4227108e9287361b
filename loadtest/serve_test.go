package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServeShowsReportsAndNothingElse(t *testing.T) {
	outside, results := t.TempDir(), t.TempDir()
	run := filepath.Join(results, "runs", "one")
	for _, err := range []error{
		os.MkdirAll(run, 0o755),
		os.WriteFile(filepath.Join(run, "report.html"), []byte("<p>figures"), 0o644),
		os.WriteFile(filepath.Join(outside, "secret"), []byte("hunter2"), 0o644),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(run, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, end := context.WithCancel(t.Context())
	out, said := io.Pipe()
	var log bytes.Buffer // read after it has ended
	ended := make(chan int)
	go func() {
		ended <- authlab(ctx, []string{"serve", "--listen=127.0.0.1:0", "--results=" + results}, said, &log)
		said.Close()
	}()
	line := make([]byte, 100)
	n, err := out.Read(line)
	base, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "listening ")
	if !ok {
		t.Fatalf("it said %q, %v", line[:n], err)
	}
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/runs/one/report.html", 200, "<p>figures"},
		{"GET", "/runs/", 200, `<a href="one/">`},
		{"GET", "/readyz", 200, "ready"},
		{"GET", "/runs/none", 404, ""},
		{"GET", "/runs/one/link", 403, ""}, // a link that leads outside
		{"POST", "/runs/one/report.html", 405, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != c.status || !strings.Contains(string(body), c.body) ||
			strings.Contains(string(body), "hunter2") || err != nil {
			t.Errorf("%s %s answers %d %q %v, want %d with %q",
				c.method, c.path, response.StatusCode, body, err, c.status, c.body)
		}
	}
	healthcheck := []string{"serve", "--healthcheck", "--listen=" + strings.TrimPrefix(base, "http://")}
	var health strings.Builder
	if code := authlab(t.Context(), healthcheck, &health, &health); code != 0 ||
		!strings.HasPrefix(health.String(), "ready: ") {
		t.Errorf("while it serves, its check ends with code %d and says %q", code, &health)
	}
	end()
	if code := <-ended; code != 0 {
		t.Errorf("it ended with code %d", code)
	}
	if said := log.String(); !strings.Contains(said, "authlab: runs/one/link is not shown: ") ||
		strings.Count(said, "\n") != 1 {
		t.Errorf("of a link that leads outside it said %q", said)
	}
	health.Reset()
	if code := authlab(t.Context(), healthcheck, &health, &health); code != wentWrong ||
		!strings.Contains(health.String(), "not ready") {
		t.Errorf("when it has ended, its check ends with code %d and says %q", code, &health)
	}
}

func TestServeSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"no folder", "--results", []string{"serve", "--results=" + t.TempDir() + "/none"}},
		{"no address", "--listen", []string{"serve", "--results=" + t.TempDir(), "--listen=8090"}},
		{"no server to ask", "--listen", []string{"serve", "--healthcheck", "--listen=127.0.0.1:0"}},
	} {
		var said strings.Builder
		if code := authlab(t.Context(), c.args, &said, &said); code != askedWrong ||
			!strings.Contains(said.String(), c.want) {
			t.Errorf("%s: code %d, it said %q", c.name, code, &said)
		}
	}
}

// TestServeWhereRunsIsALink: runs may be on another disk. The target of any other link is not shown, and the log says
// so.
func TestServeWhereRunsIsALink(t *testing.T) {
	elsewhere, results := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(elsewhere, "one", "raw"), 0o755),
		os.WriteFile(filepath.Join(elsewhere, "one", "report.html"), []byte("<p>figures"), 0o644),
		os.WriteFile(filepath.Join(elsewhere, "secret"), []byte("hunter2"), 0o644),
		os.Symlink("../secret", filepath.Join(elsewhere, "one", "within")),
		os.Symlink("/etc/passwd", filepath.Join(elsewhere, "one", "outside")),
		os.Symlink(elsewhere, filepath.Join(results, "runs")),
		os.Symlink(elsewhere, filepath.Join(results, "others")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dangling := t.TempDir()
	if err := os.Symlink(filepath.Join(dangling, "gone"), filepath.Join(dangling, "runs")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		results, path string
		status        int
		body, log     string
	}{
		{results, "/runs/one/report.html", 200, "<p>figures", ""},
		{results, "/runs/", 200, `<a href="one/">`, ""},
		{results, "/runs", 200, `<a href="one/">`, ""}, // it leads to /runs/
		{results, "/", 200, `runs`, ""},
		{results, "/runs/one/raw/", 200, "<pre>", ""},
		{results, "/runs/one/within", 200, "hunter2", ""}, // within what is shown
		{results, "/runs/none", 404, "", ""},
		{results, "/runs/one/outside", 403, "", "runs/one/outside is not shown"},
		{results, "/others/one/report.html", 403, "", "others/one/report.html is not shown"},
		{results, "/runs/../../secret", 404, "", ""},
		{dangling, "/runs/", 403, "", "runs is not shown"},
		{dangling, "/readyz", 200, "ready", ""},
	} {
		ctx, end := context.WithCancel(t.Context())
		out, said := io.Pipe()
		var log bytes.Buffer
		ended := make(chan int)
		go func() {
			ended <- authlab(ctx, []string{"serve", "--listen=127.0.0.1:0", "--results=" + c.results}, said, &log)
			said.Close()
		}()
		line := make([]byte, 100)
		n, _ := out.Read(line)
		response, err := http.Get(strings.TrimPrefix(strings.TrimSpace(string(line[:n])), "listening ") + c.path)
		if err != nil {
			t.Fatalf("%q: %v", line[:n], err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != c.status || !strings.Contains(string(body), c.body) || err != nil {
			t.Errorf("%s answers %d %q %v, want %d with %q", c.path, response.StatusCode, body, err, c.status, c.body)
		}
		end()
		if code := <-ended; code != 0 || !strings.Contains(log.String(), c.log) || c.log == "" && log.Len() > 0 {
			t.Errorf("%s: code %d, and the log %q, want %q", c.path, code, &log, c.log)
		}
	}
}
