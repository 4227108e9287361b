package record

// Footprint is a line of raw/memory.jsonl: what one replica and its store held when so many users were signed in.
type Footprint struct {
	Start    int    `json:"start"` // which start of the servers
	Arm      string `json:"arm"`
	Nonce    string `json:"nonce"` // of the cluster
	Logins   int    `json:"logins"`
	LiveHeap uint64 `json:"live_heap_bytes"`       // that the replica's collector found alive, at most a twentieth ago
	Resident int64  `json:"resident_bytes"`        // of the replica's memory, garbage and program included
	Store    *int64 `json:"store_bytes,omitempty"` // by its own count; absent where there is none, or it does not tell
	// Asked is how many requests of these users were sent before, and Known how many were answered as theirs.
	Asked uint64 `json:"asked"`
	Known uint64 `json:"known"`
}
