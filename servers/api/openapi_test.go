package api

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// The document and the route table name the same calls.
func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var described, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	s := &Server{metrics: newMetrics(time.Now), auth: noAuthenticator{}}
	for _, r := range s.table() {
		routed = append(routed, r.method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.path, "{$1}"))
	}
	slices.Sort(described)
	slices.Sort(routed)
	if !slices.Equal(described, routed) {
		t.Errorf("openapi.yaml has\n%q, the server\n%q", described, routed)
	}
}

// noAuthenticator has a guarantee and nothing else.
type noAuthenticator struct{ Authenticator }

func (noAuthenticator) EffectiveWithin() (d time.Duration) { return d }
