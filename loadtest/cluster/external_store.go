package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ExternalStore meters a store that the lab does not run, by what the store reports about itself (INFO). That includes
// its work for other clients. It has no budget.
type ExternalStore struct{ redisAt }

// Name is "store", as for a store that the lab runs.
func (*ExternalStore) Name() string { return "store" }

// errSilent says that a store does not report what it uses: an old one, or one that only speaks Redis' protocol.
var errSilent = errors.New("it does not tell its CPU time")

// Read reads the CPU time of the store's process. Each question costs the store some tens of microseconds.
func (s *ExternalStore) Read() (Reading, error) {
	info, err := s.info(context.Background(), "cpu")
	if err != nil {
		return Reading{}, fmt.Errorf("the store at %s: %w", s.addr, err)
	}
	var sum float64
	for _, key := range []string{"used_cpu_user", "used_cpu_sys"} {
		seconds, err := strconv.ParseFloat(info[key], 64)
		if err != nil {
			return Reading{}, errSilent
		}
		sum += seconds
	}
	return Reading{CPU: time.Duration(sum * float64(time.Second))}, nil
}

// tells reports whether the store can be metered.
func (s *ExternalStore) tells() bool {
	_, cpu := s.Read()
	_, _, operations := s.Operations()
	return cpu == nil && operations == nil
}

// Operations is how many commands the store has processed since it started, for all clients.
func (s *ExternalStore) Operations() (n int64, counted bool, err error) {
	if n, err = s.commands(context.Background()); err != nil {
		return 0, false, fmt.Errorf("the store at %s: reading its count of commands: %w", s.addr, err)
	}
	return n, true, nil
}
