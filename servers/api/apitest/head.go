package apitest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// headChecks cover the methods that every HTTP server must support (RFC 9110 section 9.1).
var headChecks = []check{
	{"R00 HEAD is GET without a body", ofServer, headIsGet},
	{"R00 a method that is not allowed is 405 on every path, and names those that are", ofServer, allowed},
}

// headIsGet requests everything that can be read, with a credential, without one and from another site's page, by both
// methods.
func headIsGet(w *world) error {
	calls, admin, err := w.every()
	if err != nil {
		return err
	}
	ways, err := w.ways()
	if err != nil {
		return err
	}
	foreign := admin.Clone()
	foreign.Set("Sec-Fetch-Site", "cross-site")
	foreign.Set("Origin", "https://evil.example")
	asked := 0
	for _, c := range calls {
		if c.method != http.MethodGet {
			continue
		}
		for way, to := range ways {
			for _, header := range []http.Header{admin, nil, foreign, {"Origin": {allowedOrigin}}} {
				if e := sameHead(to, c.path, header); e != nil {
					err = errors.Join(err, fmt.Errorf("%s %s: %w", c.path, way, e))
				}
				asked++
			}
		}
		if _, e := w.do(0, http.MethodHead, c.path, admin, nil); e != nil { // compared with the document here
			err = errors.Join(err, e)
		}
	}
	if asked < 8*8 {
		return fmt.Errorf("only %d requests were compared", asked)
	}
	return err
}

// sameHead compares the answers to GET and HEAD: the status, the header names, and the values that do not depend on the
// moment. The connection ends after the answer, so that a body would be seen.
func sameHead(to, path string, header http.Header) error {
	text := func(method string) string { return head(method+" "+path, header) + "Connection: close\r\n\r\n" }
	get, err := exchange(to, text("GET"), false)
	if err != nil {
		return err
	}
	raw, err := everything(to, text("HEAD"))
	if err != nil {
		return err
	}
	if _, body, _ := strings.Cut(raw, "\r\n\r\n"); body != "" {
		return fmt.Errorf("HEAD has a body: %.100q", body)
	}
	got, err := exchange(to, text("HEAD"), false)
	if err != nil {
		return err
	}
	if got.StatusCode != get.StatusCode {
		return fmt.Errorf("GET is answered %d and HEAD %d", get.StatusCode, got.StatusCode)
	}
	a, b := slices.Sorted(maps.Keys(get.Header)), slices.Sorted(maps.Keys(got.Header))
	if !slices.Equal(a, b) {
		return fmt.Errorf("GET has the headers %v and HEAD %v", a, b)
	}
	for name, values := range get.Header {
		moment := name == "Date" || name == "Set-Cookie" || name == "X-Replica" ||
			name == "Content-Length" && (path == "/metrics" || path == "/v1/sessions") // figures, and times of use
		if !moment && !slices.Equal(values, got.Header[name]) {
			return fmt.Errorf("%s is %q for GET and %q for HEAD", name, values, got.Header[name])
		}
	}
	return nil
}

// allowed tries other methods on all paths.
func allowed(w *world) error {
	calls, admin, err := w.every()
	if err != nil {
		return err
	}
	methods := map[string][]string{}
	for _, c := range calls {
		methods[c.path] = append(methods[c.path], c.method)
	}
	for path, has := range methods {
		slices.Sort(has)
		for _, method := range []string{
			"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "X",
		} {
			if slices.Contains(has, method) {
				continue
			}
			got, e := exchange(w.urls[0], head(method+" "+path, admin)+"\r\n", false)
			if e != nil {
				return e
			}
			says := strings.Split(got.Header.Get("Allow"), ", ")
			slices.Sort(says)
			if got.StatusCode != http.StatusMethodNotAllowed || !slices.Equal(says, has) {
				err = errors.Join(err, fmt.Errorf("%s %s: %d, Allow: %v, want 405 and %v", method, path, got.StatusCode, says, has))
			}
		}
	}
	return err
}
