package credential

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// slow is a replica that gives these answers in turn after a logout, and then repeats the last.
type slow struct {
	ended *atomic.Bool // shared by the replicas
	says  []int
	asked int
}

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Replica", "lab-0")
	who := person{"load-000000", "load-000000", "user"}
	switch r.URL.Path {
	case "/v1/login":
		s.ended.Store(false)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "a"})
		json.NewEncoder(w).Encode(map[string]any{"user": who})
	case "/v1/logout":
		s.ended.Store(true)
		w.WriteHeader(http.StatusNoContent)
	default:
		status := http.StatusOK
		if s.ended.Load() {
			status = s.says[min(s.asked, len(s.says)-1)]
			s.asked++
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(who)
	}
}

func delays(t *testing.T, scheme plan.Scheme, trials int, replicas ...*slow) ([]record.Refusal, error) {
	t.Helper()
	c := ProbeConfig{Scheme: scheme, Nonce: "lab", Key: key}
	ended := new(atomic.Bool)
	for _, r := range replicas {
		r.ended = ended
		s := httptest.NewServer(r)
		t.Cleanup(s.Close)
		c.Replicas = append(c.Replicas, s.URL)
	}
	return Delays(t.Context(), c, trials)
}

func TestDelays(t *testing.T) {
	session := plan.Scheme{Name: "session-near", Carrier: plan.ByCookie, Guarantee: plan.WithinPush}
	const ok, no = http.StatusOK, http.StatusUnauthorized
	got, err := delays(t, session, 1, &slow{says: []int{no}}, &slow{says: []int{ok, ok, no}},
		&slow{says: []int{no, ok, no}})
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if d := got[0]; d.Accepted != 0 || d.Refused <= 0 || !d.Own || got[1].Own || got[2].Own {
		t.Errorf("the replica that refuses at once: %+v", d)
	}
	if d := got[1]; d.Accepted <= got[0].Refused || d.Refused <= d.Accepted {
		t.Errorf("the replica that accepts it twice more: %+v", d)
	}
	if d := got[2]; d.Accepted <= 0 || d.Refused <= d.Accepted {
		t.Errorf("a refusal that was not final counts: %+v", d)
	}
}

// TestALoginThatComesBack: all replicas refuse the login, and one accepts it again after the last login has ended.
func TestALoginThatComesBack(t *testing.T) {
	session := plan.Scheme{Name: "session-redis", Carrier: plan.ByCookie, Guarantee: plan.AtOnce}
	const ok, no = http.StatusOK, http.StatusUnauthorized
	got, err := delays(t, session, 1, &slow{says: []int{no}}, &slow{says: []int{no, ok}})
	if err != nil || len(got) != 2 || got[0].Refused == 0 || got[1].Refused != 0 || got[1].Accepted == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDelaysOfLoginsThatLiveOnAReplica(t *testing.T) {
	scheme := plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtOnceOnReplica, PerReplica: true}
	refuse := []int{http.StatusUnauthorized}
	got, err := delays(t, scheme, 3, &slow{says: refuse}, &slow{says: refuse})
	if err != nil || len(got) != 3 || got[0].Replica != 0 || got[1].Replica != 1 || got[2].Replica != 0 ||
		got[2].Trial != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDelaysThatCannotBeTold(t *testing.T) {
	session := plan.Scheme{Name: "session-redis", Carrier: plan.ByCookie, Guarantee: plan.AtOnce}
	if _, err := delays(t, session, 1, &slow{says: []int{503}}); err == nil ||
		!strings.Contains(err.Error(), "session-redis answered 503, not 401") {
		t.Errorf("a replica that does not know whether the login ended: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/logout" {
			cancel(context.Canceled)
		}
		(&slow{ended: new(atomic.Bool), says: []int{200}}).ServeHTTP(w, r)
	}))
	defer s.Close()
	c := ProbeConfig{Scheme: session, Nonce: "lab", Key: key, Replicas: []string{s.URL}}
	if _, err := Delays(ctx, c, 1); err == nil {
		t.Error("an interrupt is not noticed")
	}
}
