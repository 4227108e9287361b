package user

import (
	"context"
	"database/sql"
	"sync"
)

// pool is a connection pool that compiles each SQL text once on each connection. Compiling takes half the time of a
// short SQLite query. There are only as many texts as the program has: none is built from client input.
type pool struct {
	*sql.DB
	statements sync.Map // SQL text -> *sql.Stmt
}

func (p *pool) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.statements.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, raced := p.statements.LoadOrStore(query, s); raced {
		s.Close()
		return first.(*sql.Stmt), nil
	}
	return s, nil
}

// one is the row of a query's answer; its Scan returns the error.
func (p *pool) one(ctx context.Context, query string, args, dest []any) error {
	s, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(dest...)
}

func (p *pool) each(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (p *pool) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}
