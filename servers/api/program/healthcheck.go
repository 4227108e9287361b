package program

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// healthcheckWithin is how long a server may take to say whether it is ready.
const healthcheckWithin = 2 * time.Second

// Healthcheck asks the server that listens on listen, on this machine, whether it is ready, and writes one sentence to
// stdout if it is. So an image that holds nothing but the program can check its own health. The error is one sentence
// that says why the server is not ready; it is a Usage if listen is not an address that can be asked.
func Healthcheck(ctx context.Context, listen string, stdout io.Writer) error {
	address, err := reachable(listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return Usage{fmt.Sprintf("--listen %q is not an address that can be asked", listen)}
	}
	// A client would follow a redirect to another server. And no proxy comes from the environment.
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("not ready: %s does not answer: %w", address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s answers %d%s", address, response.StatusCode, detail(response.Body))
	}
	fmt.Fprintf(stdout, "ready: %s answers %d\n", address, response.StatusCode)
	return nil
}

// reachable returns where this machine reaches a server that listens on listen: one that listens everywhere is at
// loopback.
func reachable(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", Usage{fmt.Sprintf("--listen must be HOST:PORT, such as 127.0.0.1:8080, not %q", listen)}
	}
	if port == "0" {
		return "", Usage{"--healthcheck needs the port that the server listens on in --listen, and 0 is not a port"}
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "", err == nil && ip == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && ip == netip.IPv6Unspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// detail returns what a problem document says, in brackets, or "".
func detail(body io.Reader) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.NewDecoder(io.LimitReader(body, 4<<10)).Decode(&problem) != nil || problem.Detail == "" {
		return ""
	}
	return " (" + problem.Detail + ")"
}
