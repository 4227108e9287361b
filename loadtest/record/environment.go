package record

import "time"

// Environment is env.json: where and how a run was made. Absolute figures mean nothing without it.
type Environment struct {
	Started  time.Time `json:"started"`
	Command  []string  `json:"command"`
	Plan     string    `json:"plan"`
	Nonce    string    `json:"nonce"`
	Commit   string    `json:"commit"`
	Dirty    bool      `json:"dirty"` // the source differed from the commit
	CPU      string    `json:"cpu"`
	Cores    int       `json:"cores"` // that the lab could use
	Kernel   string    `json:"kernel"`
	OS       string    `json:"os"`
	Go       string    `json:"go"`
	Governor string    `json:"governor"`
	Load     string    `json:"load"`               // /proc/loadavg before the start
	Platform string    `json:"platform,omitempty"` // where the servers ran: processes, compose or target; runs older than the choice were processes
	Note     string    `json:"note,omitempty"`     // what the platform means for the figures, a paragraph; most mean nothing
	Budgets  string    `json:"budgets"`            // cgroup v1, cgroup v2, limits of containers, or none
	Why      string    `json:"why,omitempty"`
	Parts    []Part    `json:"parts"`
	Selftest *Selftest `json:"selftest,omitempty"` // the short form, done before the run
	Target   *Target   `json:"target,omitempty"`   // of a run on servers that the lab did not start
}

// Part is a program that the lab did not write, or what stands in for it.
type Part struct {
	Role     string `json:"role"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Embedded bool   `json:"embedded"`
}

// Target is what is known of a deployment that the lab did not start.
type Target struct {
	URL            string   `json:"url"`             // where users come in
	Replicas       []string `json:"replicas"`        // what each calls itself in X-Replica, by index
	Users          int      `json:"users"`           // signed in
	MaxRate        float64  `json:"max_rate"`        // requests/s: the ceiling of the load
	MaxConnections int      `json:"max_connections"` // and of its connections
	Unknown        []string `json:"unknown"`         // what nobody here can tell, a sentence each
	Clock          *Clock   `json:"clock,omitempty"` // read where several generators were to begin together
	Runs           []string `json:"runs,omitempty"`  // those that were merged, a generator each
	// Limits are what of the load's own kept the runs that were merged from more, by the sum of their connections.
	Limits map[int]string `json:"limits,omitempty"`
}

// Clock is by how much the generator's clock was ahead of a replica's.
type Clock struct {
	Of     string        `json:"of"`
	Ahead  time.Duration `json:"ahead_ns"`
	Within time.Duration `json:"within_ns"` // how far it may be off
}
