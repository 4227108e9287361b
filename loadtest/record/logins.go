package record

import "time"

// Logins is a line of raw/logins.jsonl: what logins cost one replica beside requests, and what a storm of them did.
type Logins struct {
	Start    int    `json:"start"` // which start of the servers
	Arm      string `json:"arm"`
	Nonce    string `json:"nonce"`    // of the cluster
	Request  Spent  `json:"request"`  // GET /v1/me of users who are logged in
	Login    Spent  `json:"login"`    // of load users, whose passwords are cheap to check
	Password Spent  `json:"password"` // of somebody whose password is hashed as people's are
	Calm     Steady `json:"calm"`
	Storm    Steady `json:"storm"`
	Stormed  uint64 `json:"stormed"` // logins made in the storm
	Turned   uint64 `json:"turned"`  // away in the storm: 503, the server had as many at once as it takes
	// StormTime is how long the storm blew.
	StormTime time.Duration `json:"storm_ns"`
}

// Spent is CPU time for so many requests.
type Spent struct {
	Requests uint64        `json:"requests"`
	Refused  uint64        `json:"refused,omitempty"` // tries besides, because the server was busy
	Replica  time.Duration `json:"replica_cpu_ns"`
	Store    time.Duration `json:"store_cpu_ns"` // 0 where there is none
	Elapsed  time.Duration `json:"elapsed_ns"`
}

// Steady is what became of requests that came at a fixed mean rate.
type Steady struct {
	Sent uint64 `json:"sent"`
	OK   uint64 `json:"ok"`
	Due  string `json:"due"` // histogram of latencies from when each was due
	Lag  string `json:"lag"` // histogram of how late the generator was
}
