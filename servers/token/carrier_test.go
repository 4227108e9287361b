package token

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api"
)

func TestBearer(t *testing.T) {
	for _, c := range []struct {
		url     string
		headers []string
		want    string
		err     error
	}{
		{"/", nil, "", nil},
		{"/", []string{"Bearer abc"}, "abc", nil},
		{"/?x=1&token=2", []string{"bEARER   abc"}, "abc", nil},
		{"/", []string{"Basic YTpi"}, "", nil},
		{"/", []string{"Bearer"}, "", nil},
		{"/", []string{"Bearerabc"}, "", nil},
		{"/", []string{""}, "", nil},
		{"/", []string{"Bearer abc", "Bearer abc"}, "", api.ErrAmbiguous},
		{"/", []string{"Bearer abc", "Basic YTpi"}, "", api.ErrAmbiguous},
		{"/", []string{"Bearer abc, Bearer def"}, "", api.ErrAmbiguous},
		{"/", []string{"Bearer abc,basic YTpi"}, "", api.ErrAmbiguous},
		{"/", []string{`Bearer {"payload":"a","signature":"b"}`}, `{"payload":"a","signature":"b"}`, nil},
		{"/?access_token=abc", nil, "", api.ErrAmbiguous},
		{"/?access_token=abc", []string{"Bearer abc"}, "", api.ErrAmbiguous},
		{"/?%61ccess_token", []string{"Bearer abc"}, "", api.ErrAmbiguous},
	} {
		r := httptest.NewRequest("GET", c.url, nil)
		r.Header["Authorization"] = c.headers
		if c.headers == nil {
			delete(r.Header, "Authorization")
		}
		if got, err := bearer(r); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %q: %q, %v", c.url, c.headers, got, err)
		}
	}
}

func TestTokenInForm(t *testing.T) {
	for body, want := range map[string]error{
		"access_token=abc": api.ErrAmbiguous, "a=b&access_token=": api.ErrAmbiguous, "a=b": nil, "": nil,
		strings.Repeat("a", 3*maxToken): nil,
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if _, err := bearer(r); !errors.Is(err, want) {
			t.Errorf("%.30q: %v", body, err)
		}
		if left, err := io.ReadAll(r.Body); err != nil || string(left) != body {
			t.Errorf("%.30q: the body is %.30q afterwards, %v", body, left, err)
		}
	}
}

func TestRefreshBody(t *testing.T) {
	const json = "application/json"
	for _, c := range []struct {
		media, body, want string
		status            int
	}{
		{json, `{"refresh_token":"abc"}`, "abc", 0},
		{json + "; charset=utf-8", ` { "refresh_token" : "abc" } `, "abc", 0},
		{"", "", "", 0},
		{json, "{}", "", 0},
		{"text/plain", `{"refresh_token":"abc"}`, "", http.StatusUnsupportedMediaType},
		{"", `{"refresh_token":"abc"}`, "", http.StatusUnsupportedMediaType},
		{json + "; charset=latin1", `{"refresh_token":"abc"}`, "", http.StatusUnsupportedMediaType},
		{json, `{"refresh_token":1}`, "", http.StatusBadRequest},
		{json, `{"refresh_token":["abc"]}`, "", http.StatusBadRequest},
		{json, `{"Refresh_Token":"abc"}`, "", http.StatusBadRequest},
		{json, `{"refresh_token":"abc","refresh_token":"abc"}`, "", http.StatusBadRequest},
		{json, `{"refresh_token":"abc"}{}`, "", http.StatusBadRequest},
		{json, `"abc"`, "", http.StatusBadRequest},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		got, err := refreshOf(r)
		var p *api.Problem
		if got != c.want || (c.status == 0) != (err == nil) || err != nil && (!errors.As(err, &p) || p.Status != c.status) {
			t.Errorf("%s %s: %q, %v", c.media, c.body, got, err)
		}
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"refresh_token":"abc","access_token":"x"}`))
	r.Header.Set("Content-Type", json)
	if _, err := refreshOf(r); !errors.Is(err, api.ErrAmbiguous) {
		t.Error(err)
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat(" ", 100)))
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 10)
	var large *http.MaxBytesError
	if _, err := refreshOf(r); !errors.As(err, &large) {
		t.Error(err)
	}
}
