package credential_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// The control trusts the name that it is told. No user has to log in, but each is still tried once.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := strings.Split(r.Header.Get("Authlab-User"), ";")
		fmt.Fprintf(w, `{"id":%q,"name":%q,"role":%q}`, who[0], who[1], who[2])
	}))
	defer server.Close()
	control, err := plan.SchemeNamed(plan.Control)
	if err != nil {
		fmt.Println(err)
		return
	}
	all, err := credential.SignIn(context.Background(), credential.Config{Base: server.URL, Scheme: control, Users: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range all {
		fmt.Printf("%s: %s\n%s\n", c.Header, c.Value, c.Me)
	}
	// Output:
	// Authlab-User: load-000000;load-000000;user
	// {"id":"load-000000","name":"load-000000","role":"user"}
	// Authlab-User: load-000001;load-000001;user
	// {"id":"load-000001","name":"load-000001","role":"user"}
}
