package measuretest

import (
	"time"

	"authlab/loadtest/record"
)

func (l Lab) environment() record.Environment {
	e := record.Environment{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"bin/authlab", "bench"}, Plan: "synthetic",
		Nonce:  "0123456789abcdef",
		Commit: "0123456789abcdef0123456789abcdef01234567", CPU: "a processor that is not there", Cores: 4,
		Kernel: "Linux 6.1.0", OS: "Synthetic 1",
		Go: "go1.26.0", Governor: "performance", Load: "0.10 0.20 0.30 1/234 5678", Budgets: "cgroup v2",
		Parts: []record.Part{
			{Role: "store", Name: "redis-server", Version: "7.0.15"},
			{Role: "balancer", Name: "haproxy", Version: "2.6.12"},
		},
	}
	if l.Unbudgeted {
		e.Budgets, e.Why = "none", "no cgroup may be made here"
	}
	if l.Embedded {
		e.Command = append(e.Command, "--embedded")
		e.Parts = []record.Part{
			{Role: "store", Name: "stored", Version: "0123456", Embedded: true},
			{Role: "balancer", Name: "balancerd", Version: "0123456", Embedded: true},
		}
	}
	return e
}
