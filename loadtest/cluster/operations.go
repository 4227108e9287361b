package cluster

import (
	"context"
	"fmt"
	"strconv"
)

// Operations is how many commands a store's process has worked on since it started, as it counts them itself. The count
// includes the few that ask for it. counted is false for a process that is no store.
func (p *Process) Operations() (n int64, counted bool, err error) {
	if p.tier != Store {
		return 0, false, nil
	}
	if p.sql != nil {
		n, err = p.statements(context.Background())
	} else {
		n, err = p.commands(context.Background())
	}
	if err != nil {
		return 0, false, fmt.Errorf("%s: reading its count of commands: %w", p, err)
	}
	return n, true, nil
}

// commands is Redis' count.
func (p *Process) commands(ctx context.Context) (int64, error) {
	info, err := redisInfo(ctx, p.Addr(), p.password, "stats")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(info["total_commands_processed"], 10, 64)
}
