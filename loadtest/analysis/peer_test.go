package analysis

import (
	"testing"

	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/stats"
)

const peersPlan = `
name: peers
schemes: [token-hs256, peer-jwx, session-redis]
resolution: 0.05
demand: {slice: 50ms, rounds: 80, launches: 8, connections: 16}
`

// TestPeers: 50 µs against the peer's 60, and 40 of the control: 10 added against 20.
func TestPeers(t *testing.T) {
	l := measuretest.Lab{
		Plan: peersPlan, Seed: 1, Noise: 0.02, Interference: 0.1, Luck: 0.01,
		Costs: map[string]float64{"control": 40, "control-again": 40, "token-hs256": 50, "peer-jwx": 60},
	}
	peers := Compare(l.Run()).Peers
	if len(peers) != 1 || peers[0].Name != "token-hs256" || peers[0].Peer != "peer-jwx" {
		t.Fatalf("got %+v, want token-hs256 beside peer-jwx", peers)
	}
	for what, got := range map[string]struct {
		stats.Estimate
		truth float64
	}{"total": {peers[0].Total, 50. / 60}, "added": {peers[0].Added, 0.5}} {
		if got.Low > got.truth || got.High < got.truth || got.N != 8 || got.Width() > 0.1 {
			t.Errorf("%s: %+v, want %v", what, got.Estimate, got.truth)
		}
	}
}

// TestAPeerThatWasNotMeasured is beside nothing, and so is one whose row was not.
func TestAPeerThatWasNotMeasured(t *testing.T) {
	l := measuretest.Lab{Plan: peersPlan, Stop: 1}
	if peers := Compare(l.Run()).Peers; len(peers) != 0 {
		t.Errorf("got %+v", peers)
	}
}
