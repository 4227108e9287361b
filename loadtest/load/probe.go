package load

import "authlab/loadtest/credential"

// Delay is a line of raw/delays.jsonl: how long one replica went on taking a login that had been ended.
type Delay struct {
	Arm   string `json:"arm"`
	Nonce string `json:"nonce"` // of the cluster
	credential.Delay
}

// Probe is a line of raw/probes.jsonl: what the replicas of a cluster said, after its last slice, to a login that was ended.
type Probe struct {
	Arm    string             `json:"arm"`
	Nonce  string             `json:"nonce"` // of the cluster
	Trials []credential.Trial `json:"trials,omitempty"`
	// Failed is why there are none, of replicas that one could not even log in at; empty where there are.
	Failed string `json:"failed,omitempty"`
}
