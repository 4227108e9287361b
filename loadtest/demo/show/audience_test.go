package show_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"rsc.io/qr"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
)

// class is a lesson whose servers are not needed, at a step that has a bet: its presenter's page, and its audience's.
func class(t *testing.T) (p *player.Player, presenter *show.Server, audience *httptest.Server, path string) {
	t.Helper()
	scene, _ := lesson.Named("store-stops")
	p = player.Still(player.State{Scene: scene, Phase: player.Ready})
	t.Cleanup(p.Close)
	config := show.Config{Player: p, Audience: "http://192.168.1.20:8090/abc/"}
	page := show.NewAudience(t.Context(), config)
	audience = httptest.NewServer(page)
	t.Cleanup(audience.Close)
	return p, show.New(config), audience, page.Path()
}

// send sends a request as a page of that site would, and returns the status.
func send(t *testing.T, by *http.Client, method, url, site, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", site)
	answer, err := by.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
		strings.Contains(policy, "unsafe") {
		t.Errorf("%s %s: the policy is %q", method, url, policy)
	}
	return answer.StatusCode
}

// browser is a client with cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

const vote = `{"scene":"store-stops","step":0,"choice":"503-200"}`

// TestTheAudienceSteersNothing: of all that the presenter's page answers, the audience's listener answers nothing,
// whatever the address and the method; the lesson stays where it is.
func TestTheAudienceSteersNothing(t *testing.T) {
	p, presenter, web, path := class(t)
	before, _ := p.State()
	member := browser(t)
	if status := send(t, member, "GET", web.URL+path, "none", ""); status != http.StatusOK {
		t.Fatalf("the audience's page answers %d", status)
	}
	patterns := presenter.Patterns()
	if len(patterns) < 7 {
		t.Fatalf("the presenter's page answers only %q", patterns)
	}
	reads := map[string]bool{"": true, "lesson": true, "events": true} // the audience has its own of these names
	tried := 0
	for _, pattern := range patterns {
		_, name, _ := strings.Cut(pattern, " ")
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			for _, base := range []string{"/", path, presenter.Path(), path[:len(path)-1] + presenter.Path()} {
				if base == path && reads[name] && method == "GET" {
					continue
				}
				status := send(t, member, method, web.URL+base+name, "same-origin", `{"scene":"login","step":1,"choice":"503-200"}`)
				tried++
				if status != 403 && status != 404 && status != 405 {
					t.Errorf("%s %s%s answers %d", method, base, name, status)
				}
			}
		}
	}
	if after, _ := p.State(); after.Version != before.Version || tried < 100 {
		t.Errorf("after %d requests the lesson is at version %d, and was at %d", tried, after.Version, before.Version)
	}
}

// TestTheAudienceReadsNoNotes: neither the teacher's notes, nor a file of their page, nor what they follow can be
// reached on the audience's listener, where the presenter's has them.
func TestTheAudienceReadsNoNotes(t *testing.T) {
	_, presenter, web, path := class(t)
	own := httptest.NewServer(presenter)
	t.Cleanup(own.Close)
	for _, name := range []string{"notes.html", "notes.js", "notes.css", "noted", "sheet.html", "sheet.js", "sheet"} {
		if got := send(t, http.DefaultClient, "GET", own.URL+presenter.Path()+name, "same-origin", ""); got != http.StatusOK {
			t.Errorf("the presenter's page answers %d for %s", got, name)
		}
		for _, base := range []string{path, "/", presenter.Path(), path[:len(path)-1] + presenter.Path()} {
			for _, at := range []string{base + name, base + "page/" + name, base + "../page/" + name, base + "%2e%2e/" + name} {
				got := send(t, http.DefaultClient, "GET", web.URL+at, "same-origin", "")
				if got != http.StatusNotFound {
					t.Errorf("the audience gets %d for %s", got, at)
				}
			}
		}
	}
}

// TestAVoteOfABrowser: a browser that has opened the page has one vote, and no other site can use it.
func TestAVoteOfABrowser(t *testing.T) {
	p, _, web, path := class(t)
	votes := func() int {
		state, _ := p.State()
		return state.Votes["503-200"]
	}
	member, forger := browser(t), browser(t)
	forger.Transport = withCookie{"authlab_voter=" + strings.Repeat("A", 26) + "." + strings.Repeat("0", 32)}
	for _, c := range []struct {
		name string
		by   *http.Client
		open bool
		site string
		body string
		want int
		then int // votes
	}{
		{"before it opened the page", member, false, "same-origin", vote, 403, 0},
		{"from another site", member, true, "cross-site", vote, 403, 0},
		{"what is no JSON", member, false, "same-origin", "vote", 400, 0},
		{"what is far too long", member, false, "same-origin", strings.Repeat(" ", 1<<20) + vote, 400, 0},
		{"for another step", member, false, "same-origin", strings.Replace(vote, "0", "1", 1), 409, 0},
		{"its vote", member, false, "same-origin", vote, 204, 1},
		{"once more", member, false, "same-origin", vote, 204, 1},
		{"with a cookie that it made up", forger, false, "same-origin", vote, 403, 1},
	} {
		if c.open {
			send(t, c.by, "GET", web.URL+path, "none", "")
			send(t, c.by, "GET", web.URL+path, "none", "") // a reload keeps the cookie
		}
		if got := send(t, c.by, "POST", web.URL+path+"vote", c.site, c.body); got != c.want || votes() != c.then {
			t.Errorf("%s: %d, want %d; there are %d votes, want %d", c.name, got, c.want, votes(), c.then)
		}
	}
	refused := 0
	for range 20 {
		if send(t, member, "POST", web.URL+path+"vote", "same-origin", vote) == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("of 20 votes at once %d were refused", refused)
	}
}

type withCookie struct{ value string }

// RoundTrip implements http.RoundTripper.
func (c withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Cookie", c.value)
	return http.DefaultTransport.RoundTrip(r)
}

// TestNewBrowsersAreBounded: who forgets the cookie again and again gets no more votes than a class has.
func TestNewBrowsersAreBounded(t *testing.T) {
	_, _, web, path := class(t)
	let := 0
	for range 300 {
		if send(t, http.DefaultClient, "GET", web.URL+path, "none", "") == http.StatusOK {
			let++
		}
	}
	if let < 100 || let > 200 {
		t.Errorf("of 300 new browsers of one address %d came in", let)
	}
}

// TestTheCode: the picture has the modules of the QR code, and a white margin around them.
func TestTheCode(t *testing.T) {
	const address = "http://192.168.1.20:8090/abcdefgh/"
	drawn, err := show.Drawn(address)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(address, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	black := map[[2]int]bool{}
	_, path, _ := strings.Cut(drawn, ` d="M`)
	path, _, _ = strings.Cut(path, `"`)
	for stroke := range strings.SplitSeq(path, "M") {
		var x, y, length, back int
		if _, err := fmt.Sscanf(stroke, "%d %dh%dv1h-%dz", &x, &y, &length, &back); err != nil || length != back {
			t.Fatalf("the stroke %q: %v", stroke, err)
		}
		for i := range length {
			black[[2]int{x + i, y}] = true
		}
	}
	const margin = 4
	for y := range want.Size + 2*margin {
		for x := range want.Size + 2*margin {
			if got := black[[2]int{x, y}]; got != want.Black(x-margin, y-margin) {
				t.Fatalf("the module %d, %d is black: %v", x, y, got)
			}
		}
	}
	if _, err := show.Drawn(strings.Repeat("a", 5000)); err == nil {
		t.Error("a text that fits in no code was drawn")
	}
}
