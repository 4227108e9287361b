package record

import "time"

// Environment is env.json: where and how a run was made. Absolute figures mean nothing without it.
type Environment struct {
	Started  time.Time `json:"started"`  // UTC
	Command  []string  `json:"command"`  // as typed
	Plan     string    `json:"plan"`     // the plan's name
	Nonce    string    `json:"nonce"`    // of the lab's processes; not a secret
	Commit   string    `json:"commit"`   // of the source
	Dirty    bool      `json:"dirty"`    // the source differed from the commit
	CPU      string    `json:"cpu"`      // model
	Cores    int       `json:"cores"`    // available to the lab
	Kernel   string    `json:"kernel"`   // release
	OS       string    `json:"os"`       // name and version
	Go       string    `json:"go"`       // version
	Governor string    `json:"governor"` // of the CPU frequency
	Load     string    `json:"load"`     // /proc/loadavg before the start
	// Platform is where the servers ran: processes, compose or target. Older runs lack it and used processes.
	Platform string    `json:"platform,omitempty"`
	Note     string    `json:"note,omitempty"`     // how the platform affects the figures, a paragraph; most do not
	Budgets  string    `json:"budgets"`            // cgroup v1, cgroup v2, limits of containers, or none
	Why      string    `json:"why,omitempty"`      // there are no budgets
	Parts    []Part    `json:"parts"`              // the programs that took part, besides the servers
	Selftest *Selftest `json:"selftest,omitempty"` // the short form, made before the run
	Target   *Target   `json:"target,omitempty"`   // only for a run on servers that the lab did not start
}

// Part is a third-party program, or its embedded substitute.
type Part struct {
	Role     string `json:"role"`     // store, balancer or another
	Name     string `json:"name"`     // of the program
	Version  string `json:"version"`  // by its own account
	Embedded bool   `json:"embedded"` // a substitute of the lab's own
}

// Target is what the lab knows about a deployment that it did not start.
type Target struct {
	URL            string   `json:"url"`             // the entry point of users
	Replicas       []string `json:"replicas"`        // the name of each in X-Replica, by index
	Users          int      `json:"users"`           // signed in
	MaxRate        float64  `json:"max_rate"`        // requests/s: the upper limit of the load
	MaxConnections int      `json:"max_connections"` // the upper limit of the connections
	Unknown        []string `json:"unknown"`         // what the lab cannot determine, a sentence each
	Clock          *Clock   `json:"clock,omitempty"` // only where several generators start together
	Runs           []string `json:"runs,omitempty"`  // the merged runs, one for each generator
	// Limits says, by the sum of the connections, what in the generators limited the throughput of the merged runs.
	Limits map[int]string `json:"limits,omitempty"`
}

// Clock is the offset of the generator's clock from a replica's clock.
type Clock struct {
	Of     string        `json:"of"`        // the replica
	Ahead  time.Duration `json:"ahead_ns"`  // of the replica's clock
	Within time.Duration `json:"within_ns"` // the uncertainty of Ahead
}
