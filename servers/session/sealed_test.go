package session

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/securecookie"

	"authlab/servers/api"
	"authlab/servers/session/store"
	"authlab/servers/user"
)

// sealingKey and otherKey are valid keys.
const (
	sealingKey = "8f1d3c5a9b7e204166d0aa15e3c9724bfd08365197ce42b8a06f1e93d47b5c2a" +
		"c47a10e95b38d26f7e0491bb3ad85c6e12f7409da3e86b5510cf297e84d1b360"
	otherKey = "2ab53f18e06d9c7741fa83d05e1b46c9387ef2094da5610bb8c27d53e91f06a4" +
		"71c80e3db94f26a5d3187be0426cf95a0de83b7416f2ca895d30b164ef729c05"
)

// booth is a Sealed whose clock the test moves.
type booth struct {
	*Sealed
	at       time.Time
	accounts *directory
}

func newBooth(t testing.TB, keys ...string) *booth {
	t.Helper()
	b := &booth{at: time.Now(), accounts: &directory{users: map[string]user.User{alice.ID: alice}}}
	c := SealedConfig{Accounts: b.accounts, Now: func() time.Time { return b.at }, Options: store.Options{
		Lifetimes: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour},
	}}
	for _, text := range keys {
		key, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Keys = append(c.Keys, key)
	}
	b.Sealed = NewSealed(c)
	return b
}

// signIn returns alice's cookie.
func (b *booth) signIn(t testing.TB) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if _, err := b.Login(w, httptest.NewRequest(http.MethodPost, "/v1/login", nil), alice); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0]
}

// who asks who sends the cookies, and returns the cookies that the answer sets.
func (b *booth) who(cookies ...*http.Cookie) (api.Principal, []*http.Cookie, error) {
	r, w := httptest.NewRequest(http.MethodGet, "/v1/me", nil), httptest.NewRecorder()
	for _, c := range cookies {
		r.AddCookie(c)
	}
	p, err := b.Authenticate(w, r)
	return p, w.Result().Cookies(), err
}

// TestSealedKeysRotate: the first key seals, all open, and a removed key's cookies are refused.
func TestSealedKeysRotate(t *testing.T) {
	old := newBooth(t, sealingKey).signIn(t)
	if p, _, err := newBooth(t, otherKey, sealingKey).who(old); err != nil || p.Name != "alice" {
		t.Error(p, err)
	}
	if _, _, err := newBooth(t, otherKey).who(old); !errors.Is(err, api.ErrUnauthenticated) {
		t.Error(err)
	}
	fresh := newBooth(t, otherKey, sealingKey).signIn(t)
	if _, _, err := newBooth(t, otherKey).who(fresh); err != nil {
		t.Errorf("the first key does not seal: %v", err)
	}
}

// TestSealedHides: without the key nothing of the session can be read, and no two cookies of a user are alike.
func TestSealedHides(t *testing.T) {
	b := newBooth(t, sealingKey)
	first, second := b.signIn(t).Value, b.signIn(t).Value
	outer, err := base64.URLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(string(outer), "|", 3) // time, ciphertext, MAC
	inner, err := base64.URLEncoding.DecodeString(parts[1])
	if err != nil || strings.Contains(string(outer)+string(inner), "alice") {
		t.Error("the name can be read", err)
	}
	if first == second {
		t.Error("two logins have the same cookie")
	}
}

// TestSealedSlides: the cookie is set again when half of the idle time has passed, and the end stays where it was.
func TestSealedSlides(t *testing.T) {
	b := newBooth(t, sealingKey)
	c := b.signIn(t)
	began := b.at
	b.at = began.Add(b.life.Idle/2 - time.Second)
	if _, set, err := b.who(c); err != nil || len(set) != 0 {
		t.Errorf("in the first half: %v, %v", set, err)
	}
	for b.at = began.Add(b.life.Idle / 2); b.at.Before(began.Add(b.life.Absolute)); b.at = b.at.Add(b.life.Idle / 2) {
		_, set, err := b.who(c)
		if err != nil || len(set) != 1 || set[0].MaxAge > seconds(began.Add(b.life.Absolute).Sub(b.at)) {
			t.Fatalf("%v old: %v, %v", b.at.Sub(began), set, err)
		}
		c = set[0]
	}
	if _, _, err := b.who(c); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("at the absolute end: %v", err)
	}
}

// TestSealedNoticesTheAccount checks what a renewal notices: a ban, another role, and an outage, which must not log a
// user out.
func TestSealedNoticesTheAccount(t *testing.T) {
	b := newBooth(t, sealingKey)
	c := b.signIn(t)
	b.at = b.at.Add(b.life.Idle / 2)
	b.accounts.err = errors.New("no answer")
	if _, set, err := b.who(c); err != nil || len(set) != 0 {
		t.Errorf("accounts that do not answer: %v, %v", set, err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/refresh", nil)
	r.AddCookie(c)
	if _, err := b.Refresh(httptest.NewRecorder(), r); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("a refresh without accounts: %v", err)
	}
	b.accounts.err = nil
	b.accounts.change(alice.ID, func(u *user.User) { u.Role = user.RoleAdmin })
	if p, set, err := b.who(c); err != nil || p.Role != user.RoleAdmin || len(set) != 1 {
		t.Errorf("another role: %v, %v, %v", p, set, err)
	}
	b.accounts.change(alice.ID, func(u *user.User) { u.Disabled = true })
	if _, set, err := b.who(c); !errors.Is(err, api.ErrUnauthenticated) || len(set) != 0 {
		t.Errorf("a disabled account: %v, %v", set, err)
	}
}

// TestSealedFits: a session too long for browsers is not handed out, and one that is too long is not opened.
func TestSealedFits(t *testing.T) {
	b := newBooth(t, sealingKey)
	long := alice
	long.Name = strings.Repeat("x", 4096)
	w := httptest.NewRecorder()
	if _, err := b.Login(w, httptest.NewRequest(http.MethodPost, "/v1/login", nil), long); err == nil ||
		len(w.Result().Cookies()) != 0 {
		t.Errorf("a session of more than 4096 bytes: %v, %v", w.Result().Cookies(), err)
	}
	c := b.signIn(t)
	c.Value = strings.Repeat("A", 4096)
	if _, _, err := b.who(c); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("a cookie of more than 4096 bytes: %v", err)
	}
}

// FuzzSealed: any cookie is opened or refused, and only sealed ones are opened.
func FuzzSealed(f *testing.F) {
	b := newBooth(f, sealingKey)
	genuine := b.signIn(f).Value
	f.Add(0, 0, "") // the genuine one
	f.Add(0, 0, genuine)
	f.Add(len(genuine), 0, "A")
	f.Add(len(genuine)-4, 4, "")
	f.Add(0, len(genuine), base64.URLEncoding.EncodeToString([]byte("1||")))
	f.Add(0, len(genuine), newBooth(f, otherKey).signIn(f).Value)
	for i := range len(genuine) {
		f.Add(i, 1, "A")
	}
	// Every process of a fuzzing run has its own genuine cookie, so that inputs are changes to it.
	f.Fuzz(func(t *testing.T, at, cut int, with string) {
		at = min(max(at, 0), len(genuine))
		cut = min(max(cut, 0), len(genuine)-at)
		r := httptest.NewRequest(http.MethodGet, "/v1/me", nil)
		r.Header.Set("Cookie", b.name+"="+genuine[:at]+with+genuine[at+cut:])
		l, err := b.open(r)
		if err == nil && r.CookiesNamed(b.name)[0].Value != genuine {
			t.Errorf("%q was opened: %+v", r.Header.Get("Cookie"), l)
		}
	})
}

// FuzzSealedLogin: anything that a key has sealed is a login or refused.
func FuzzSealedLogin(f *testing.F) {
	b := newBooth(f, sealingKey)
	key, err := hex.DecodeString(sealingKey)
	if err != nil {
		f.Fatal(err)
	}
	codec := securecookie.New(key[:SealingKey/2], key[SealingKey/2:]).SetSerializer(securecookie.NopEncoder{})
	b.at = time.UnixMilli(10) // so that within a few digits of it logins are seen and over, on either side
	f.Add([]byte(`{"user":"1","name":"alice","role":"user","device":"d","seen":1,"end":20}`))
	f.Add([]byte(`{"user":"1","seen":-1200000,"end":20}`)) // to be renewed
	f.Add([]byte(`{"user":"1","name":"alice","role":"user","device":"d","seen":1,"end":2}`))
	f.Add([]byte(`{"user":"1","seen":-9223372036854775808,"end":9223372036854775807}`))
	f.Add([]byte(`{"seen":9e99}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, content []byte) {
		value, err := codec.Encode(b.name, bytes.Clone(content)) // it encrypts in place
		if err != nil || len(content) > 300 {
			return // too long, or perhaps when sealed again
		}
		p, _, err := b.who(&http.Cookie{Name: b.name, Value: value})
		var l login
		live := json.Unmarshal(content, &l) == nil && l.User != "" && l.End > b.at.UnixMilli() &&
			b.at.Sub(l.seen()) < b.life.Idle
		switch {
		case err != nil && !errors.Is(err, api.ErrUnauthenticated):
			t.Errorf("%q: %v", content, err)
		case err == nil && (!live || p.ID != l.User):
			t.Errorf("%q is the login of %q", content, p.ID)
		case err != nil && live && (l.User == alice.ID || b.at.Sub(l.seen()) < b.life.Idle/2):
			t.Errorf("%q is not a login: %v", content, err)
		}
	})
}
