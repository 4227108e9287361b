package load

import "authlab/loadtest/credential"

// Probe is a line of raw/probes.jsonl: what the replicas of a cluster said, after its last slice, to a login that was ended.
type Probe struct {
	Arm    string             `json:"arm"`
	Nonce  string             `json:"nonce"` // of the cluster
	Trials []credential.Trial `json:"trials"`
}
