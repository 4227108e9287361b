package record

// Probe is a line of raw/probes.jsonl: how the replicas of a cluster answered an ended login after the last slice.
type Probe struct {
	Scheme string  `json:"arm"`
	Nonce  string  `json:"nonce"` // of the cluster
	Trials []Trial `json:"trials,omitempty"`
	// Failed says why there are no trials: the replicas did not even accept a login. It is empty where there are trials.
	Failed string `json:"failed,omitempty"`
}

// Trial holds the HTTP statuses with which one replica answered a login, before and after it was ended.
type Trial struct {
	Replica int `json:"replica"`
	Before  int `json:"before"`
	After   int `json:"after"`
	// Forged means that After is the answer to a tampered credential, with one character of its signature or secret
	// changed. It is used where the lab cannot end the login.
	Forged bool `json:"forged,omitempty"`
}
