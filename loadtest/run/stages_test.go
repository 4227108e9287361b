package run

import (
	"testing"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// Every replica is visited equally often at each size, and no group contains a replica twice.
func TestTurn(t *testing.T) {
	const replicas = 8
	for _, n := range []int{1, 2, 4, 8} {
		visits := make([]int, replicas)
		for round := range replicas {
			f := turn(replicas, n, round)
			for i := range f.Size {
				visits[f.First+i]++
			}
		}
		for i, got := range visits {
			if got != n {
				t.Errorf("in %d rounds of size %d replica %d was visited %d times, want %d", replicas, n, i, got, n)
			}
		}
	}
}

// Where a login lives on the replica that created it, its user returns to that replica. The users are spread evenly.
func TestCredentialsBehindAFront(t *testing.T) {
	d := &deployment{scheme: plan.Scheme{PerReplica: true}, credentials: map[int][]credential.Credential{}}
	for replica := range 4 {
		for user := range 6 {
			c := credential.Credential{User: string(rune('a' + user)), Value: string(rune('0' + replica))}
			d.credentials[replica] = append(d.credentials[replica], c)
		}
	}
	got := ""
	for _, c := range d.at(cluster.Front{First: 2, Size: 2}) {
		got += c.User + c.Value + " "
	}
	if want := "a2 b3 c2 d3 e2 f3 "; got != want {
		t.Errorf("behind replicas 2 and 3 the credentials are %q, want %q", got, want)
	}
	once := &deployment{credentials: map[int][]credential.Credential{0: d.credentials[1]}}
	if got := once.at(cluster.Front{First: 2, Size: 2}); len(got) != 6 || got[0].Value != "1" {
		t.Errorf("a login that every replica knows is not used at every replica: %v", got)
	}
}
