package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"authlab/loadtest/message"

	"github.com/jackc/pgx/v5"
)

// externalTimeout is how long a store or database of the user's own may take to answer.
const externalTimeout = 3 * time.Second

// checkStore asks a store that the lab does not run for its version. No error shows its password.
func checkStore(ctx context.Context, raw string) (Part, error) {
	s, ok := storeAt(raw)
	if !ok {
		return Part{}, Misuse("AUTHLAB_REDIS_URL is not of the form redis://[[user]:password@]host:port: " +
			"correct it, or unset it to use a private store")
	}
	ctx, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	info, err := s.info(ctx, "server")
	if err != nil {
		return Part{}, fmt.Errorf("the store of AUTHLAB_REDIS_URL at %s does not answer (%s): "+
			"start it, or unset AUTHLAB_REDIS_URL to use a private one", s.addr, reason(err, s.password))
	}
	return externalStore(info), nil
}

// externalStore describes a store that the lab does not run, from its own answer.
func externalStore(info map[string]string) Part {
	name, version := "redis-server, external", info["redis_version"]
	if v := info["valkey_version"]; v != "" {
		name, version = "valkey-server, external", v
	}
	version = message.Shown(version)
	return Part{Role: "store", Name: name, Version: version}
}

// checkDatabase checks whether the accounts can be kept where the user wants them. No error shows a password.
func checkDatabase(ctx context.Context, raw string) (Part, error) {
	const otherwise = ", or unset AUTHLAB_DATABASE_URL to use a private SQLite file"
	if path, ok := strings.CutPrefix(raw, "sqlite:"); ok {
		if strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:") {
			return Part{}, Misuse("AUTHLAB_DATABASE_URL names no file, and replicas share no memory: " +
				"give sqlite:PATH" + otherwise)
		}
		if info, err := os.Stat(filepath.Dir(path)); path == "" || err != nil || !info.IsDir() {
			return Part{}, fmt.Errorf("AUTHLAB_DATABASE_URL names a SQLite file in a folder that does not exist (%s): make it%s",
				filepath.Dir(path), otherwise)
		}
		return Part{Role: "accounts", Name: "SQLite", Version: "embedded in the servers, file of the user's"}, nil
	}
	config, err := pgx.ParseConfig(raw)
	if err != nil || !strings.HasPrefix(raw, "postgres://") && !strings.HasPrefix(raw, "postgresql://") {
		return Part{}, Misuse("AUTHLAB_DATABASE_URL is neither sqlite:PATH nor postgres://user@host:port/database: " +
			"correct it" + otherwise)
	}
	ctx, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	version := ""
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		defer conn.Close(context.WithoutCancel(ctx))
		err = conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	}
	if err != nil {
		return Part{}, fmt.Errorf("the database of AUTHLAB_DATABASE_URL at %s does not answer (%s): start it%s",
			net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), reason(err, config.Password), otherwise)
	}
	version, _, _ = strings.Cut(version, " ")
	return Part{Role: "accounts", Name: "PostgreSQL, external", Version: version}, nil
}

// reason returns an error as one line. It removes the password, should a library have put it there, and escapes
// terminal control characters: servers choose a part of such texts.
func reason(err error, password string) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if password != "" {
		text = strings.ReplaceAll(text, password, "…")
	}
	return message.Shown(text)
}
