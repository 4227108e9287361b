package store_test

import (
	"fmt"
	"net/http/httptest"
	"time"

	"authlab/servers/session/store"
	"authlab/servers/user"
)

// A login, a later request, a logout, and what a slow request may still do then.
func Example() {
	life := store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
	backend := store.NewMemory(life, 1000, time.Now)
	defer func() { _ = backend.Close() }()
	st := store.New(backend, store.Options{Lifetimes: life})

	r, w := httptest.NewRequest("POST", "/login", nil), httptest.NewRecorder()
	s, _ := st.Get(r, "authlab_session") // empty
	store.SetRecord(s, store.Record{User: "1", Name: "alice", Role: user.RoleUser, Device: store.NewDevice()})
	fmt.Println("login:", s.Save(r, w))

	r = httptest.NewRequest("GET", "/me", nil)
	r.AddCookie(w.Result().Cookies()[0])
	s, _ = st.New(r, "authlab_session")
	slow, _ := st.New(r, "authlab_session")
	rec, _ := store.RecordOf(s)
	fmt.Println("me:", rec.Name)

	s.Options.MaxAge = -1
	fmt.Println("logout:", s.Save(r, httptest.NewRecorder()))
	fmt.Println("slow request:", slow.Save(r, httptest.NewRecorder()))
	// Output:
	// login: <nil>
	// me: alice
	// logout: <nil>
	// slow request: no such session
}
