package show

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"authlab/loadtest/demo/player"
)

//go:embed audience
var audienceFiles embed.FS

// Audience is the page of the class, on a network that others use too. It shows the lesson without credentials, and
// takes votes; nothing else of the lesson can be reached through it.
//
// A browser is known by a cookie that only says which vote is its own. No name is asked.
type Audience struct {
	player *player.Player
	root   string
	base   string
	key    [32]byte // that signs the cookies
	mux    *http.ServeMux

	asks, newcomers, votes *limit
	streams                *places

	mu      sync.Mutex
	now     player.State
	seen    map[spot]player.State // the last outcome of every step that has been shown
	changed chan struct{}         // closed with the next change
}

// spot is a step of a scene.
type spot struct {
	scene string
	step  int
}

// What a class of a hundred needs, also where all of it comes from one address of a school's network, and what keeps
// one who wants to disturb from more than that.
const (
	burstAsks, everyAsk           = 600, 20 * time.Millisecond // requests of an address
	burstNewcomers, everyNewcomer = 120, time.Second           // new browsers of an address
	burstVotes, everyVote         = 5, time.Second             // votes of a browser
	allStreams, streamsEach       = 400, 200
	allConnections, connectsEach  = 1000, 400
)

// NewAudience returns the audience's page of a lesson. It follows the lesson until ctx ends.
func NewAudience(ctx context.Context, c Config) *Audience {
	a := &Audience{
		player: c.Player, root: c.Root, base: "/" + strings.ToLower(rand.Text()[:8]), mux: http.NewServeMux(),
		asks: &limit{Burst: burstAsks, Every: everyAsk}, newcomers: &limit{Burst: burstNewcomers, Every: everyNewcomer},
		votes: &limit{Burst: burstVotes, Every: everyVote}, streams: &places{all: allStreams, each: streamsEach},
		seen: map[spot]player.State{}, changed: make(chan struct{}),
	}
	rand.Read(a.key[:])
	a.now, _ = c.Player.State()
	a.mux.HandleFunc("GET "+a.Path()+"{$}", a.index)
	a.mux.HandleFunc("GET "+a.Path()+"audience.js", file(audienceFiles, "audience/audience.js"))
	for _, name := range []string{
		"dom.js", "countdown.js", "card.js", "chart.js", "bars.js", "steps.js", "style.css", "chart.css", "icon.svg",
	} {
		a.mux.HandleFunc("GET "+a.Path()+name, file(files, "page/"+name))
	}
	a.mux.HandleFunc("GET "+a.Path()+"report.html", reported(c.Root))
	a.mux.HandleFunc("GET "+a.Path()+"lesson", a.lesson)
	a.mux.HandleFunc("GET "+a.Path()+"events", a.events)
	a.mux.HandleFunc("GET "+a.Path()+"step", a.step)
	a.mux.Handle("POST "+a.Path()+"vote", http.NewCrossOriginProtection().Handler(http.HandlerFunc(a.vote)))
	go a.follow(ctx)
	return a
}

// file serves one file of the program.
func file(from embed.FS, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, from, name) }
}

// Path is where the audience's page is. It has a part that strangers do not know, and is no secret in the class.
func (a *Audience) Path() string { return a.base + "/" }

// ServeHTTP implements http.Handler.
func (a *Audience) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guarded(w.Header())
	if !a.asks.allow(host(r.RemoteAddr), time.Now()) {
		http.Error(w, "too many requests: wait for a second", http.StatusTooManyRequests)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// Serve serves until ctx ends.
func (a *Audience) Serve(ctx context.Context, l net.Listener) error {
	return serve(ctx, few{l, &places{all: allConnections, each: connectsEach}}, a)
}

// follow keeps what the lesson shows, so that the class can look at earlier steps, until ctx ends.
func (a *Audience) follow(ctx context.Context) {
	for {
		state, changed := a.player.State()
		a.mu.Lock()
		a.now = state
		if state.Phase == player.Shown {
			a.seen[spot{state.Scene.Name, state.Step}] = state
		}
		close(a.changed)
		a.changed = make(chan struct{})
		a.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// index is the page. A browser that comes for the first time gets its cookie with it.
func (a *Audience) index(w http.ResponseWriter, r *http.Request) {
	if a.voter(r) == "" {
		if !a.newcomers.allow(host(r.RemoteAddr), time.Now()) {
			http.Error(w, "too many new browsers: wait for a second", http.StatusTooManyRequests)
			return
		}
		id := rand.Text()
		http.SetCookie(w, &http.Cookie{
			Name: voterCookie, Value: id + "." + a.sign(id), Path: a.Path(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	http.ServeFileFS(w, r, audienceFiles, "audience/audience.html")
}

const voterCookie = "authlab_voter"

func (a *Audience) sign(id string) string {
	mac := hmac.New(sha256.New, a.key[:])
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// voter is the browser that a request comes from; "" for one that has no cookie of this lesson's.
func (a *Audience) voter(r *http.Request) string {
	for _, c := range r.CookiesNamed(voterCookie) { // another lesson on the same host may have left one
		id, signature, _ := strings.Cut(c.Value, ".")
		if hmac.Equal([]byte(signature), []byte(a.sign(id))) {
			return id
		}
	}
	return ""
}

func (a *Audience) lesson(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(outline(language(r), audienceWords(), a.root))
}

// pause is how soon after a change a viewer is told of the next one: a clock that counts, or votes that come all at
// once, cost a class of a hundred no more than that.
const pause = 200 * time.Millisecond

// events tells a viewer every change of what the class sees, with the viewer's own vote.
func (a *Audience) events(w http.ResponseWriter, r *http.Request) {
	free, ok := a.streams.take(host(r.RemoteAddr))
	if !ok {
		http.Error(w, "too many are looking", http.StatusServiceUnavailable)
		return
	}
	defer free()
	l, voter := language(r), a.voter(r)
	first := true
	stream(w, r, func() (any, <-chan struct{}) {
		if !first {
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
			}
		}
		first = false
		a.mu.Lock()
		now, changed := a.now, a.changed
		a.mu.Unlock()
		v := glance(now, l, a.root)
		v.Vote = a.player.Voted(voter)
		return v, changed
	})
}

// step shows any step to one who roams: as it went, or what will be asked.
func (a *Audience) step(w http.ResponseWriter, r *http.Request) {
	index, err := strconv.Atoi(r.FormValue("step"))
	state, ok := a.at(r.FormValue("scene"), index)
	if err != nil || !ok {
		http.Error(w, "the lesson has no such step", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(glance(state, language(r), a.root))
}

// vote counts a vote.
func (a *Audience) vote(w http.ResponseWriter, r *http.Request) {
	var c command
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<10)).Decode(&c); err != nil {
		http.Error(w, "the vote is no JSON", http.StatusBadRequest)
		return
	}
	voter := a.voter(r)
	if voter == "" {
		http.Error(w, "open the page first: it gives the cookie by which a vote is counted once", http.StatusForbidden)
		return
	}
	if !a.votes.allow(voter, time.Now()) {
		http.Error(w, "too many votes: wait for a second", http.StatusTooManyRequests)
		return
	}
	if err := a.player.Vote(voter, c.Scene, c.Step, c.Choice); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
