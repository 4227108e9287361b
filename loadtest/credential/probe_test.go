package credential

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/securecookie"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// gate is a server whose logins end at logout, or when their tokens or sealed sessions expire. A lying gate accepts
// every credential that it accepted before.
type gate struct {
	tokens bool
	sealed bool
	lies   bool
	key    []byte
	ended  map[string]bool
	taken  map[string]bool
}

// seal is the codec of the gate's sealed sessions.
func (g *gate) seal() *securecookie.SecureCookie {
	return securecookie.New(g.key[:16], g.key[16:]).SetSerializer(securecookie.JSONEncoder{})
}

// sealedSession is the content that the gate seals: the lab must preserve fields that it does not know.
type sealedSession struct {
	User string
	End  int64 `json:"end"`
}

const gateLeeway = 30 * time.Second

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Replica", "lab-0")
	sent := r.Header.Get("Cookie") + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	who := person{"load-000000", "load-000000", "user"}
	switch r.URL.Path {
	case "/v1/login":
		token := ""
		if g.tokens {
			claims := jwt.MapClaims{"sub": who.ID, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
			token, _ = jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(g.key)
		}
		cookie := fmt.Sprint(len(g.taken))
		if g.sealed {
			cookie, _ = g.seal().Encode("session", sealedSession{who.ID, time.Now().Add(time.Hour).UnixMilli()})
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie})
		json.NewEncoder(w).Encode(map[string]any{"user": who, "access_token": token})
	case "/v1/logout":
		g.ended[sent] = true
		w.WriteHeader(http.StatusNoContent)
	case "/v1/me":
		good := !g.ended[sent]
		if g.tokens {
			_, err := jwt.Parse(sent, func(*jwt.Token) (any, error) { return g.key, nil }, jwt.WithLeeway(gateLeeway),
				jwt.WithExpirationRequired())
			good = err == nil
		}
		if g.sealed {
			var s sealedSession
			err := g.seal().Decode("session", strings.TrimPrefix(sent, "session="), &s)
			good = err == nil && s.User == who.ID && time.Now().UnixMilli() < s.End
		}
		if !good && (!g.lies || !g.taken[sent]) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		g.taken[sent] = true
		json.NewEncoder(w).Encode(who)
	}
}

func TestProbeTellsWhoAuthenticates(t *testing.T) {
	session := plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtOnce}
	token := plan.Scheme{Carrier: plan.ByBearer, Guarantee: plan.AtExpiry}
	sealed := plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtExpiry, Sealed: true}
	for _, test := range []struct {
		name   string
		scheme plan.Scheme
		lies   bool
		want   string
	}{
		{"sessions", session, false, "[{0 200 401} {1 200 401}]"},
		{"sessions answered from memory", session, true, "[{0 200 200} {1 200 200}]"},
		{
			"sessions of each replica",
			plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtOnceOnReplica, PerReplica: true},
			false, "[{0 200 401} {1 200 401}]",
		},
		{"tokens", token, false, "[{0 200 401} {1 200 401}]"},
		{"tokens answered from memory", token, true, "[{0 200 200} {1 200 200}]"},
		{"sealed sessions", sealed, false, "[{0 200 401} {1 200 401}]"},
		{"sealed sessions answered from memory", sealed, true, "[{0 200 200} {1 200 200}]"},
		{"the control", plan.Scheme{Carrier: plan.ByName, Guarantee: plan.NoGuarantee}, false, "[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // tokens expire in real time
			g := &gate{
				tokens: test.scheme.Carrier == plan.ByBearer, sealed: test.scheme.Sealed, lies: test.lies, key: key,
				ended: map[string]bool{}, taken: map[string]bool{},
			}
			s := httptest.NewServer(g)
			defer s.Close()
			c := ProbeConfig{
				Scheme: test.scheme, Replicas: []string{s.URL, s.URL}, Nonce: "lab", Key: key, TokenKey: key,
				SealingKey: key, Leeway: gateLeeway,
			}
			trials, err := Probe(t.Context(), c)
			if got := statuses(trials); err != nil || got != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestProbeSaysWhatItCannotDo(t *testing.T) {
	s := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) }))
	defer s.Close()
	c := ProbeConfig{
		Scheme:   plan.Scheme{Name: "session-redis", Carrier: plan.ByCookie, Guarantee: plan.AtOnce},
		Replicas: []string{s.URL},
	}
	if _, err := Probe(t.Context(), c); err == nil ||
		!strings.Contains(err.Error(), "the probe could not sign in at session-redis") {
		t.Errorf("got %v", err)
	}
}

// TestDelaysOfLoginsThatExpire: such a login gets an early expiry, whatever carries it.
func TestDelaysOfLoginsThatExpire(t *testing.T) {
	for name, scheme := range map[string]plan.Scheme{
		"tokens":          {Carrier: plan.ByBearer, Guarantee: plan.AtExpiry},
		"sealed sessions": {Carrier: plan.ByCookie, Guarantee: plan.AtExpiry, Sealed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{
				tokens: !scheme.Sealed, sealed: scheme.Sealed, key: key, ended: map[string]bool{},
				taken: map[string]bool{},
			}
			s := httptest.NewServer(g)
			defer s.Close()
			c := ProbeConfig{
				Scheme: scheme, Replicas: []string{s.URL}, Nonce: "lab", Key: key, TokenKey: key, SealingKey: key,
				Leeway: gateLeeway,
			}
			got, err := Delays(t.Context(), c, 1)
			if err != nil || len(got) != 1 || got[0].Refused == 0 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// statuses writes trials as {replica before after}.
func statuses(trials []record.Trial) string {
	short := make([][3]int, len(trials))
	for i, t := range trials {
		short[i] = [3]int{t.Replica, t.Before, t.After}
	}
	return strings.NewReplacer("[[", "[{", "]]", "}]", "] [", "} {").Replace(fmt.Sprint(short))
}

// Where the lab has no key of the servers, it cannot end a token's life, and tampers with a token instead.
func TestProbeForgesWhatItCannotEnd(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	for lies, want := range map[bool]string{false: "[{0 200 401 true}]", true: "[{0 200 200 true}]"} {
		g := &gate{tokens: true, key: key, ended: map[string]bool{}, taken: map[string]bool{}}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if lies && r.URL.Path == "/v1/me" {
				json.NewEncoder(w).Encode(person{"load-000000", "load-000000", "user"}) // whatever the request carried
				return
			}
			g.ServeHTTP(w, r)
		}))
		defer s.Close()
		trials, err := Probe(t.Context(), ProbeConfig{
			Scheme: plan.Scheme{Carrier: plan.ByBearer, Guarantee: plan.AtExpiry}, Replicas: []string{s.URL},
			As: []Account{{"load-000000", "geheim"}},
		})
		if got := fmt.Sprint(trials); err != nil || got != want {
			t.Errorf("of one that lies (%v) got %s, %v, want %s", lies, got, err, want)
		}
	}
}
