package cluster

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/plan"
)

// Part is something that stands around the replicas.
type Part struct {
	Role     string // "store", "balancer", "accounts"
	Name     string // "redis-server", "stored", …
	Version  string
	Embedded bool   // it stands in for a real one
	Instead  string // the command that would provide the real one, when none was found
}

// parts are what this lab uses, and where it is.
type parts struct {
	store, balancer, accounts Part
	storeProgram              program // none: somebody else's store
	balancerProgram           program
	sql                       Part   // where a row keeps sessions in SQL
	storeLack, sqlLack        string // why a store or PostgreSQL cannot be used, though it is installed
	postgres                  string // folder of its programs, "" where it is not installed or in a container
}

func (p parts) list() []Part {
	all := []Part{p.store, p.balancer, p.accounts}
	if p.sql.Name != "" {
		all = append(all, p.sql)
	}
	return all
}

func (l *Lab) findParts(ctx context.Context) (parts, error) {
	if l.engine != nil {
		return l.engine.findParts(ctx, l.config)
	}
	return findParts(ctx, l.config)
}

func findParts(ctx context.Context, c Config) (parts, error) {
	p := parts{accounts: Part{Role: "accounts", Name: "SQLite", Version: "embedded in the servers"}}
	var err error
	for _, server := range c.Servers {
		if _, err := ownProgram(c.BinDir, server); err != nil {
			return p, err
		}
	}
	if c.DatabaseURL != "" {
		if p.accounts, err = checkDatabase(ctx, c.DatabaseURL); err != nil {
			return p, err
		}
	}
	if c.Postgres {
		if p.postgres = findPostgres(); p.postgres != "" {
			if p.sql, err = postgresPart(ctx, p.postgres); err != nil {
				p.sql, p.sqlLack, err = Part{}, err.Error(), nil
			}
		}
	}
	if c.RedisURL != "" {
		p.store, err = checkStore(ctx, c.RedisURL)
	} else {
		p.store, p.storeProgram.path, err = choose(ctx, c, "store", "stored", "redis-server", "valkey-server")
	}
	if broken, ok := errors.AsType[brokenPart](err); ok {
		p.storeLack, err = broken.Error(), nil // the rows that need it are left out, and the others are measured
	}
	if err != nil {
		return p, err
	}
	p.balancer, p.balancerProgram.path, err = choose(ctx, c, "balancer", "balancerd", "haproxy")
	return p, err
}

// Lacks says what a row needs that is not here or does not start, and what would provide it; both are empty where
// nothing is missing.
func (l *Lab) Lacks(ctx context.Context, s plan.Scheme) (what, provide string) {
	if s.Store && !s.Postgres && l.parts.storeLack != "" {
		return l.parts.storeLack, "repair it, or run with --embedded"
	}
	if store := l.parts.store; s.Tracking && !store.tracks() {
		what = store.Name + " cannot tell replicas what has changed, as Redis can since version 6 (CLIENT TRACKING)"
		if !store.Embedded {
			return what, "a newer Redis"
		}
		return what, cmp.Or(store.Instead, "run without --embedded")
	}
	if s.Server == plan.PeerServer && l.engine != nil {
		return "no image holds the servers of other libraries", "run without --platform " + string(Compose)
	}
	if s.Postgres && l.parts.sql.Name == "" {
		return cmp.Or(l.parts.sqlLack, "PostgreSQL is not installed"), installer("postgresql")
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

// tracks reports whether a store can tell its clients what has changed. Valkey has always been able to.
func (p Part) tracks() bool {
	major, _, _ := strings.Cut(p.Version, ".")
	version, err := strconv.Atoi(major)
	return !p.Embedded && (err != nil || version >= 6)
}

// choose takes the first real program that is installed, or the embedded one.
func choose(ctx context.Context, c Config, role, embedded string, real ...string) (Part, string, error) {
	found := false
	for _, name := range real {
		path, err := lookPath(name)
		if err != nil {
			continue
		}
		found = true
		if !c.Embedded {
			version, err := versionOf(ctx, path, "-v")
			return Part{Role: role, Name: name, Version: version}, path, err
		}
	}
	path, err := ownProgram(c.BinDir, embedded)
	if err != nil {
		return Part{}, "", err
	}
	part := Part{Role: role, Name: embedded, Version: builtVersion(path), Embedded: true}
	if !found {
		part.Instead = installer(real[0])
	}
	return part, path, nil
}

// daemons is where Debian keeps daemons, which an ordinary user's PATH leaves out.
var daemons = "/usr/sbin"

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("PATH") != "" {
		if daemon, err := exec.LookPath(filepath.Join(daemons, name)); err == nil {
			return daemon, nil
		}
	}
	return path, err
}

// ownProgram is the path of one of the lab's own programs.
func ownProgram(folder, name string) (string, error) {
	path := filepath.Join(folder, name)
	if _, err := exec.LookPath(path); err != nil {
		target := "build"
		if name == plan.PeerServer {
			target = "peers" // it needs libraries that the lab itself does without
		}
		return "", fmt.Errorf("the program %s is not in %s, next to authlab: run make %s", name, folder, target)
	}
	return path, nil
}

// brokenPart says of a program that it is installed and of no use.
type brokenPart string

func (b brokenPart) Error() string { return string(b) }

var number = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// versionOf asks a real part what it is.
func versionOf(ctx context.Context, path, flag string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, flag).CombinedOutput()
	version := number.FindString(string(out))
	if err != nil || version == "" {
		return "", brokenPart(fmt.Sprintf("%s is installed but does not run (%s): repair or remove it, or use the "+
			"embedded parts with --embedded", path,
			firstLine(string(out), err)))
	}
	return version, nil
}

// firstLine is what went wrong when a program was asked for its version.
func firstLine(out string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if err != nil {
		line = strings.TrimSpace(err.Error() + " " + line)
	}
	return line
}

// builtVersion is the version of an embedded part: what it is made of, as recorded in the program.
func builtVersion(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/alicebob/miniredis/v2" && filepath.Base(path) == "stored" {
			return "miniredis " + strings.TrimPrefix(dep.Version, "v")
		}
	}
	return "net/http of " + info.GoVersion
}

// installer is the command that installs a program on this system.
func installer(name string) string {
	for _, manager := range []struct{ program, command string }{
		{"apt-get", "sudo apt-get install "},
		{"dnf", "sudo dnf install "},
		{"apk", "sudo apk add "},
		{"pacman", "sudo pacman -S "},
		{"zypper", "sudo zypper install "},
	} {
		if _, err := exec.LookPath(manager.program); err == nil {
			return manager.command + packageOf(manager.program, name)
		}
	}
	return "install " + name + " with this system's package manager"
}

func packageOf(manager, name string) string {
	if name == "redis-server" && manager != "apt-get" {
		return "redis"
	}
	return name
}
