package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"authlab/servers/api"
)

// spy is a world's connection to its servers. It follows no redirect, keeps no cookie, and compares every request and
// answer with openapi.yaml.
type spy struct {
	transport *http.Transport

	mu        sync.Mutex
	seen      map[string]int // operations by name and status
	different []string       // differences from the document; the first few
}

// document is openapi.yaml, read once.
var document = sync.OnceValues(func() (document struct {
	*openapi3.T
	routers.Router
}, err error,
) {
	openapi3filter.RegisterBodyDecoder("application/jwk-set+json", openapi3filter.JSONBodyDecoder)
	if document.T, err = openapi3.NewLoader().LoadFromData(api.OpenAPI); err != nil {
		return document, err
	}
	document.Router, err = legacy.NewRouter(document.T)
	return document, err
})

func newSpy(t testing.TB) *spy {
	t.Helper()
	if _, err := document(); err != nil {
		t.Fatal("openapi.yaml: ", err)
	}
	s := &spy{transport: &http.Transport{DisableCompression: true}, seen: map[string]int{}}
	t.Cleanup(s.transport.CloseIdleConnections)
	return s
}

// maxDifferences is how many differences are reported: one mistake may be in every answer.
const maxDifferences = 10

// RoundTrip sends a request unchanged.
func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := drain(&r.Body)
	if err != nil {
		return nil, err
	}
	got, err := s.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	received, err := drain(&got.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	if err := s.compare(r, got, received); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		what := fmt.Sprintf("%s %s, answered %d: %v", r.Method, r.URL.Path, got.StatusCode, err)
		if len(s.different) < maxDifferences && !slices.Contains(s.different, what) {
			s.different = append(s.different, what)
		}
	}
	return got, nil
}

// drain reads a body, and puts a copy in its place.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	all, err := io.ReadAll(*body)
	(*body).Close()
	*body = io.NopCloser(bytes.NewReader(all))
	return all, err
}

// compare says where a request and its answer differ from the document. A deliberately wrong request may differ, but
// then the answer must not be 2xx: a server accepts nothing that the document does not.
func (s *spy) compare(r *http.Request, got *http.Response, body []byte) error {
	if got.Header.Get("X-Replica") == "" || got.Header.Get("Cache-Control") != "no-store" {
		return fmt.Errorf("X-Replica is %q and Cache-Control %q", got.Header.Get("X-Replica"),
			got.Header.Get("Cache-Control"))
	}
	if got.StatusCode >= 400 && r.Method != http.MethodHead {
		if err := problem(got, body); err != nil {
			return err
		}
	}
	d, _ := document()
	route, parameters, err := d.FindRoute(r)
	if err != nil || strings.HasSuffix(r.URL.Path, "/") { // the validator forgives a slash at the end, the servers do not
		if r.Method == http.MethodOptions && got.StatusCode == http.StatusNoContent {
			return nil // a preflight is not a call
		}
		if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusMethodNotAllowed {
			return errors.New("the document has no such call")
		}
		return nil
	}
	s.mu.Lock()
	s.seen[fmt.Sprint(route.Operation.OperationID, " ", got.StatusCode)]++
	s.mu.Unlock()
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route, Options: &openapi3filter.Options{
			IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			ExcludeResponseBody: r.Method == http.MethodHead,
		},
	}
	ctx := context.Background()
	if err := openapi3filter.ValidateRequest(ctx, in); err != nil && got.StatusCode < 400 {
		return fmt.Errorf("the document does not allow the request: %w", brief(err))
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: got.StatusCode, Header: got.Header, Options: in.Options,
	}
	out.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(ctx, out); err != nil {
		return brief(err)
	}
	return dates(body)
}

// problem checks an error answer, including for paths that the document does not have (RFC 9457).
func problem(got *http.Response, body []byte) error {
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	if media := got.Header.Get("Content-Type"); media != "application/problem+json" {
		return fmt.Errorf("an error is sent as %q", media)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || p.Type == "" || p.Title == "" || p.Status != got.StatusCode {
		return fmt.Errorf("%.300s is not a problem of status %d", body, got.StatusCode)
	}
	if strings.Contains(p.Detail, "goroutine") || strings.Contains(p.Detail, ".go:") {
		return fmt.Errorf("a problem reveals how the server is built: %s", p.Detail)
	}
	return nil
}

// dates checks the times in an answer, whose format the validator ignores.
func dates(body []byte) error {
	var answer struct {
		Sessions []struct {
			Created  time.Time `json:"created"`
			LastSeen time.Time `json:"last_seen"`
		} `json:"sessions"`
		Users []struct {
			Created time.Time `json:"created"`
		} `json:"users"`
	}
	if len(body) == 0 || body[0] != '{' {
		return nil
	}
	return json.Unmarshal(body, &answer)
}

// brief puts an error on one line: the validator quotes the whole schema.
func brief(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\nSchema:")
	return fmt.Errorf("%s", strings.ReplaceAll(text, "\n", " "))
}

// conforms reports where the servers differed from openapi.yaml.
func (w *world) conforms() error {
	w.spy.mu.Lock()
	defer w.spy.mu.Unlock()
	if len(w.spy.different) == 0 {
		return nil
	}
	return fmt.Errorf("openapi.yaml says otherwise:\n\t%s", strings.Join(w.spy.different, "\n\t"))
}
