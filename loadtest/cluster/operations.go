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
	info, err := redisInfo(context.Background(), p.Addr(), p.password, "stats")
	if err == nil {
		n, err = strconv.ParseInt(info["total_commands_processed"], 10, 64)
	}
	if err != nil {
		return 0, false, fmt.Errorf("%s: reading its count of commands: %w", p, err)
	}
	return n, true, nil
}
