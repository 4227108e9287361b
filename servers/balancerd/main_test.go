package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authlab/servers/api/program/programtest"
)

func TestHelp(t *testing.T) { programtest.Help(t, "balancerd", "check-interval", run) }

func TestMisconfigured(t *testing.T) {
	for args, want := range map[string]string{
		"":                                    "name each replica with --backend",
		"--backend=10.0.0.1":                  `--backend "10.0.0.1" is not of the form http://host:port`,
		"--backend=https://a:1":               "is not of the form http://host:port",
		"--backend=http://a:1 --frontend=:80": `--frontend ":80" is not of the form addr=HOST:PORT;first=I;size=N`,
		"--backend=http://a:1 --frontend=addr=127.0.0.1:0;size=2": "a frontend over 2 replicas from 0 on needs as many " +
			"--backend",
		"--backend=http://a:1 --frontend=addr=127.0.0.1:0;first=1": "from 1 on needs as many --backend",
		"--backend=http://a:1 --frontend=addr=127.0.0.1:0;size=x":  "is not of the form addr=",
		"--backend=http://a:1 --balance=random":                    "--balance random is unknown",
		"--backend=http://a:1 --check-path=ready":                  "must begin with /",
		"--backend=http://a:1 --check-interval=0s":                 "must be more than 0",
		"--backend=http://a:1 --frontend=addr=192.0.2.1:80":        "cannot listen on 192.0.2.1:80",
		"--unheard-of": "unknown flag",
		"argument":     "use flags only",
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		text := stderr.String()
		if code != 2 || !strings.HasPrefix(text, "balancerd: ") || !strings.Contains(text, want) ||
			strings.Count(text, "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q; want 2 and one line with %q", args, code, text, want)
		}
	}
}

func TestServesUntilItIsStopped(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
	}))
	defer replica.Close()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{
			"--backend=" + replica.URL, "--frontend=addr=127.0.0.1:0;size=1",
			"--frontend=addr=127.0.0.1:0",
		}, write, io.Discard)
	}()
	lines := bufio.NewScanner(read)
	var addrs []string
	for len(addrs) < 2 && lines.Scan() {
		addr, ok := strings.CutPrefix(lines.Text(), "listening ")
		if !ok {
			t.Fatalf("it says %q", lines.Text())
		}
		addrs = append(addrs, addr)
	}
	for _, addr := range addrs {
		resp, err := http.Get(addr)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(resp.Body); string(body) != "hello" {
			t.Errorf("got %q", body)
		}
		resp.Body.Close()
	}
	cancel()
	select {
	case c := <-code:
		if c != 0 {
			t.Errorf("exit code %d", c)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
}
