package cluster

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// refusesMetrics asks for /metrics in every spelling that means it, and for paths that only look like it, which the
// replicas decide about. The servers know one spelling of a path, so none of these has figures there.
func refusesMetrics(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 1, Fronts: Over(1), Balance: "sticky"})
	front := c.Front(Front{Size: 1})
	for target, refused := range map[string]bool{
		"/metrics": true, "/metrics?": true, "/metrics?x=1": true, "/metrics?/echo": true, "http://x/metrics": true,
		"http://x/metrics?x": true, "/metrics%00": true, "/metrics%00x": true, "/%6detrics": true, "/%6Detrics": true,
		"/%6d%65%74%72%69%63%73": true,
		"/metric%73?a=%2f":       true, "%2Fmetrics": false, "/%2Fmetrics": false,
		"//metrics": false, "///metrics": false,
		"/metrics/": false, "/metrics//": false, "/./metrics": false, "/x/../metrics": false, "/%2e/metrics": false,
		"/%256detrics": false, "/metrics%20": false, "/%00/metrics": false, "/metrics%23": false, "/metrics;x": false,
		"/metrics+": false,
		"/METRICS":  false, "/metrics/x": false, "/v1/metrics": false, "http://x//metrics": false, "/metrics%2F": false,
		"/echo?/metrics": false, "/healthz": false, "/readyz": false, "/debug/pprof/": false, "/": false,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PROPFIND"} {
			got, body := byHand(t, front, method+" "+target)
			if target == "%2Fmetrics" {
				if got.StatusCode != 400 {
					t.Errorf("%s %s: %s, want 400: it is not a valid target", method, target, got.Status)
				}
				continue
			}
			if reached := got.Header.Get("X-Replica") != ""; reached == refused {
				t.Errorf("%s %s: %s, and it reached a replica: %v", method, target, got.Status, reached)
			}
			if !refused {
				continue
			}
			var problem struct {
				Type, Title string
				Status      int
			}
			if method != "HEAD" {
				err := json.Unmarshal([]byte(body), &problem)
				if err != nil || problem.Status != 404 || problem.Title != "Not Found" || problem.Type != "about:blank" {
					t.Errorf("%s %s: %q is not a problem document: %v", method, target, body, err)
				}
			}
			if got.StatusCode != 404 || got.Header.Get("Content-Type") != "application/problem+json" ||
				got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s %s: %s, %v", method, target, got.Status, got.Header)
			}
		}
	}
}

// byHand sends a request line exactly as written, which no client library would.
func byHand(t *testing.T, front, line string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(front, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, line+" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	method, _, _ := strings.Cut(line, " ")
	got, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return got, string(body)
}

// TestHAProxyGivesIdleConnectionsUp checks the generated configuration against the servers' idle timeout. Another test
// checks that the servers keep that timeout (servers/balancer).
func TestHAProxyGivesIdleConnectionsUp(t *testing.T) {
	const serversKeep = 2 * time.Minute
	c := &Cluster{spec: Spec{Fronts: Over(1, 2)}, replicas: []*Process{{}, {}}}
	var config strings.Builder
	if err := haproxyConfig.Execute(&config, c.haproxy([]string{":1", ":2"})); err != nil {
		t.Fatal(err)
	}
	text := config.String()
	delay, err := time.ParseDuration(purgeEvery)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "maxconn "); ok {
			most, _ = strconv.Atoi(n)
		}
	}
	delays := strings.Count(text, "default-server pool-purge-delay "+purgeEvery+"\n")
	if most == 0 || delays != strings.Count(text, "\nbackend ") {
		t.Fatalf("a backend lacks its delay, or maxconn is missing:\n%s", text)
	}
	if last := time.Duration(math.Ceil(math.Log2(float64(most)))+4) * delay; last >= serversKeep {
		t.Errorf("of %d connections the last closes after %v, and the servers keep them for %v", most, last, serversKeep)
	}
}
