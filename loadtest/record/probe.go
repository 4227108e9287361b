package record

// Probe is a line of raw/probes.jsonl: what the replicas of a cluster said, after its last slice, to a login that was ended.
type Probe struct {
	Arm    string  `json:"arm"`
	Nonce  string  `json:"nonce"` // of the cluster
	Trials []Trial `json:"trials,omitempty"`
	// Failed is why there are none, of replicas that one could not even log in at; empty where there are.
	Failed string `json:"failed,omitempty"`
}

// Trial is what one replica said to a login before and after it was ended: HTTP statuses.
type Trial struct {
	Replica int `json:"replica"`
	Before  int `json:"before"`
	After   int `json:"after"`
	// Forged says that After is of the login with one character of its proof changed, because nobody here can end it.
	Forged bool `json:"forged,omitempty"`
}
