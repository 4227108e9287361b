package measure

import (
	"path/filepath"
	"time"

	"authlab/loadtest/load"
)

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

// Rows are the slices of a run as they lie in its folder.
func Rows(dir string) ([]load.Row, error) {
	var rows []load.Row
	var r Run // gets the damage that Read tells of
	err := lines(&r, filepath.Join(dir, "raw", "slices.jsonl"), func(row load.Row) { rows = append(rows, row) })
	return rows, err
}
