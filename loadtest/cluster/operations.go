package cluster

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"authlab/loadtest/record"
)

// Operations is how many commands a store's process has processed since it started, by its own count. The count
// includes the few commands that ask for it. counted is false for a process that is not a store.
func (p *Process) Operations() (n int64, counted bool, err error) {
	if p.tier != Store {
		return 0, false, nil
	}
	if p.sql != nil {
		n, err = p.statements(context.Background())
	} else {
		n, err = p.redis().commands(context.Background())
	}
	if err != nil {
		return 0, false, fmt.Errorf("%s: reading its count of commands: %w", p, err)
	}
	return n, true, nil
}

// Memory is how many bytes a store holds, by its own count: the data, and what it needs to find them. told is false for
// a process that is not a store, or that does not report it.
func (p *Process) Memory() (bytes int64, told bool, err error) {
	if p.tier != Store {
		return 0, false, nil
	}
	if p.sql != nil {
		err = p.sql.QueryRow(context.Background(), "SELECT pg_database_size(current_database())").Scan(&bytes)
		return bytes, err == nil, err
	}
	info, err := p.redis().info(context.Background(), "memory")
	if err != nil || info["used_memory"] == "" {
		return 0, false, nil // stored does not know the section
	}
	bytes, err = strconv.ParseInt(info["used_memory"], 10, 64)
	return bytes, err == nil, err
}

// Asked reads what a private Redis was asked since it started. counted is false for a store that does not count its
// reads: a Redis before 6.2, and a stand-in.
func (p *Process) Asked(ctx context.Context) (a record.Asked, counted bool, err error) {
	info, err := p.redis().info(ctx, "stats")
	if err != nil || info["total_reads_processed"] == "" {
		return a, false, err
	}
	for name, n := range map[string]*int64{
		"total_commands_processed": &a.Commands, "total_reads_processed": &a.Reads,
		"keyspace_hits": &a.Found,
	} {
		if *n, err = strconv.ParseInt(info[name], 10, 64); err != nil {
			return a, false, fmt.Errorf("%s: reading its counters: %w", p, err)
		}
	}
	return a, true, nil
}

// Connect opens a connection to a private Redis, on which it accepts commands.
func (p *Process) Connect(ctx context.Context) (net.Conn, error) { return p.redis().dial(ctx) }

// redis returns how to ask a private store.
func (p *Process) redis() redisAt { return redisAt{addr: p.Addr(), password: p.password} }

// commands reads Redis' own count of commands.
func (s redisAt) commands(ctx context.Context) (int64, error) {
	info, err := s.info(ctx, "stats")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(info["total_commands_processed"], 10, 64)
}
