package load_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Two users ask a server for their own names for 20 ms, over two connections.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Replica", "5f3a9c-0") // the first replica of the lab 5f3a9c
		fmt.Fprintf(w, `{"id":%[1]q,"name":%[1]q,"role":"user"}`, r.Header.Get("Authlab-User"))
	}))
	defer server.Close()
	users := []credential.Credential{
		{User: "alice", Header: "Authlab-User", Value: "alice", Me: []byte(`{"id":"alice","name":"alice","role":"user"}`)},
		{User: "bob", Header: "Authlab-User", Value: "bob", Me: []byte(`{"id":"bob","name":"bob","role":"user"}`)},
	}
	target, err := load.NewTarget(server.URL, "/v1/me", "5f3a9c", 0, 1, users, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer target.Close()

	cell := record.Cell{Kind: plan.DemandCell, Scheme: plan.Control, Tier: "replica", Replicas: 1}
	o := load.ClosedOptions{Connections: 2, Window: 500 * time.Millisecond}
	row, err := load.Closed(context.Background(), cell, target, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("all answers were the right user's:", row.Sent > 0 && row.Verdicts[record.OK] == row.Sent)
	// Output: all answers were the right user's: true
}
