package api_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"authlab/servers/api"
)

func TestAgent(t *testing.T) {
	for agent, want := range map[string]string{
		"":                       "",
		"short":                  "short",
		strings.Repeat("x", 300): strings.Repeat("x", 200),
		strings.Repeat("é", 150): strings.Repeat("é", 100),
		// three bytes of the fiftieth would fit
		"x" + strings.Repeat("\U0001F600", 80): "x" + strings.Repeat("\U0001F600", 49),
		"a\xff\xfeb\x00c":                      "abc",
		strings.Repeat("\xff", 300):            "",
	} {
		got := api.Agent(&http.Request{Header: http.Header{"User-Agent": {agent}}})
		if got != want || !utf8.ValidString(got) {
			t.Errorf("of %q it keeps %q, want %q", agent, got, want)
		}
	}
}

func TestHasBearer(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "Bearer x": true, "bearer x": true, "  BEARER\tx": true, "Bearer": true, "Basic Bearer": false,
		"Bearers x": false,
	} {
		if got := api.HasBearer(&http.Request{Header: http.Header{"Authorization": {value}}}); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	if two := (http.Header{"Authorization": {"Basic x", "Bearer y"}}); !api.HasBearer(&http.Request{Header: two}) {
		t.Error("the second of two is overlooked")
	}
}
