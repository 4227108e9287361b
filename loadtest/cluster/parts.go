package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// Part is a component around the replicas.
type Part = platform.Part

// parts are the components that this lab uses, and where they are.
type parts struct {
	store, balancer, accounts Part
	storeProgram              platform.Program // empty for an external store
	balancerProgram           platform.Program
	sql                       Part                     // where a scheme keeps sessions in SQL
	storeLack                 string                   // why the store cannot be used, although it exists
	sqlLack                   platform.Lack            // why PostgreSQL cannot be used
	serverLacks               map[string]platform.Lack // by server that cannot run here
}

func (p parts) list() []Part {
	all := []Part{p.store, p.balancer, p.accounts}
	if p.sql.Name != "" {
		all = append(all, p.sql)
	}
	return all
}

// The parts around the replicas.
var (
	aStore    = platform.Wanted{Role: "store", Real: []string{"redis-server", "valkey-server"}, Embedded: "stored"}
	aBalancer = platform.Wanted{Role: "balancer", Real: []string{"haproxy"}, Embedded: "balancerd"}
)

// findParts finds what the lab needs. A missing part costs only the schemes that need it. Without a balancer nothing is
// measured.
func (l *Lab) findParts(ctx context.Context) (p parts, err error) {
	c := l.config
	p.accounts = Part{Role: "accounts", Name: "SQLite", Version: "embedded in the servers"}
	if at, enclosed := l.place.(platform.Enclosed); enclosed && (c.RedisURL != "" || c.DatabaseURL != "") {
		return p, at.Enclosed()
	}
	if p.serverLacks, err = l.findServers(); err != nil {
		return p, err
	}
	if c.DatabaseURL != "" {
		if p.accounts, err = checkDatabase(ctx, c.DatabaseURL); err != nil {
			return p, err
		}
	}
	p.sqlLack.What = "PostgreSQL was not looked for"
	if c.Postgres {
		p.sql, p.sqlLack = l.findPostgres(ctx)
	}
	if c.RedisURL != "" {
		p.store, err = checkStore(ctx, c.RedisURL)
	} else {
		p.store, p.storeProgram, err = l.find(ctx, aStore)
	}
	if lack, ok := errors.AsType[platform.Lack](err); ok {
		p.storeLack, err = lack.What, nil
	}
	if err != nil {
		return p, err
	}
	p.balancer, p.balancerProgram, err = l.find(ctx, aBalancer)
	return p, err
}

func (l *Lab) find(ctx context.Context, w platform.Wanted) (Part, platform.Program, error) {
	w.Stand = l.config.Embedded
	return l.place.Find(ctx, w)
}

// findServers checks that the servers exist, and returns those that cannot run here.
func (l *Lab) findServers() (map[string]platform.Lack, error) {
	lacks := map[string]platform.Lack{}
	for _, server := range l.config.Servers {
		_, err := l.place.Own(server)
		if lack, ok := errors.AsType[platform.Lack](err); ok {
			lacks[server] = lack
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return lacks, nil
}

func (l *Lab) findPostgres(ctx context.Context) (Part, platform.Lack) {
	databases, ok := l.place.(platform.Databases)
	if !ok {
		return Part{}, platform.Lack{What: "no private PostgreSQL runs on this platform", Provide: "another --platform"}
	}
	part, err := databases.FindPostgres(ctx)
	lack, _ := errors.AsType[platform.Lack](err)
	return part, lack
}

// Lacks says what a scheme needs that is missing or does not start, and what would provide it. Both are empty where
// nothing is missing.
func (l *Lab) Lacks(ctx context.Context, s plan.Scheme) (what, provide string) {
	if s.Store && !s.Postgres && l.parts.storeLack != "" {
		return l.parts.storeLack, "repair it, or run with --embedded"
	}
	if store := l.parts.store; s.Tracking && !tracks(store) {
		what = store.Name + " cannot tell replicas what has changed, as Redis can since version 6 (CLIENT TRACKING)"
		if !store.Embedded {
			return what, "a newer Redis"
		}
		return what, cmp.Or(store.Instead, "run without --embedded")
	}
	if lack, lacks := l.parts.serverLacks[s.Server]; lacks {
		return lack.What, lack.Provide
	}
	if _, enclosed := l.place.(platform.Enclosed); enclosed && s.StoreDelay > 0 {
		return "the programs of this platform reach only each other, and not the relay that delays a store",
			"another --platform"
	}
	if s.Postgres && l.parts.sql.Name == "" {
		return l.parts.sqlLack.What, l.parts.sqlLack.Provide
	}
	switch lack := l.try(ctx, s); {
	case lack == "":
		return "", ""
	case s.Postgres:
		return "a private PostgreSQL does not start (" + lack + ")",
			"do what the reason says, or set TMPDIR=/tmp"
	default:
		return fmt.Sprintf("a private %s does not start (%s)", l.parts.store.Name, lack),
			"do what the reason says, or run with --embedded"
	}
}

// tracks reports whether a store can tell its clients what has changed. Valkey always could.
func tracks(p Part) bool {
	major, _, _ := strings.Cut(p.Version, ".")
	version, err := strconv.Atoi(major)
	return !p.Embedded && (err != nil || version >= 6)
}
