package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/platform"
)

// Config is everything a lab is told from outside.
type Config struct {
	// Platform is where the programs run.
	Platform platform.Platform
	// BinDir is the folder of the servers' programs: sessiond, tokend, controld, stored, balancerd.
	BinDir string
	// Servers are those of the programs that will be needed: Open refuses when one is missing.
	Servers []string
	// TempDir holds the lab's temporary files, in a folder of their own; "" is the system's.
	TempDir string
	// Postgres says that a row will keep sessions in PostgreSQL, which is then looked for.
	Postgres bool
	// Embedded takes stored and balancerd even where real parts are installed.
	Embedded bool
	// RedisURL is a store that somebody else runs, redis://[[user]:password@]host:port. It is used as it is, never
	// emptied.
	RedisURL string
	// DatabaseURL holds the accounts, sqlite:PATH or postgres://…; "" is a SQLite file of its own for each cluster.
	DatabaseURL string
	// Log gets what the lab does; nil drops it.
	Log *slog.Logger
}

// Lab owns what lives as long as a run. Its methods may be called from several goroutines.
type Lab struct {
	config  Config
	nonce   string
	key     []byte
	keyFile string // the load users' key
	lock    net.Listener
	home    *claim.Folder
	place   platform.Place
	parts   parts
	trials  trials
	died    chan Death

	mu       sync.Mutex
	clusters map[*Cluster]bool
	arms     map[string]int // how often an arm was started
	started  int            // clusters so far
	closed   bool
	closing  sync.Once
	closeErr error
}

// Open takes the machine for a lab: it refuses when another one is running, removes what dead ones left, and finds the
// parts. Each error is one sentence that says what to do.
func Open(ctx context.Context, c Config) (*Lab, error) {
	if c.Platform == nil {
		return nil, errors.New("a lab needs a platform for its programs")
	}
	if c.TempDir == "" {
		c.TempDir = os.TempDir()
	}
	if absolute, err := filepath.Abs(c.TempDir); err == nil { // programs run in folders of their own
		c.TempDir = absolute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Lab{
		config: c, nonce: claim.NewNonce(), died: make(chan Death, 64), clusters: map[*Cluster]bool{}, arms: map[string]int{},
	}
	if err := l.open(ctx); err != nil {
		l.Close()
		return nil, err
	}
	c.Log.Info("lab open", "nonce", l.nonce, "folder", l.home.Path(), "budgets", l.Budgets().Name)
	return l, nil
}

func (l *Lab) open(ctx context.Context) (err error) {
	if l.lock, err = lockMachine(); err != nil {
		return err
	}
	if l.home, err = claim.MakeFolder(l.config.TempDir, l.nonce); err != nil {
		return err
	}
	claim.Sweep(l.config.TempDir, os.RemoveAll)
	about := platform.Lab{Nonce: l.nonce, Home: l.home, BinDir: l.config.BinDir}
	if l.place, err = l.config.Platform.Open(ctx, about); err != nil {
		return err
	}
	l.key = make([]byte, 32)
	rand.Read(l.key)
	if l.keyFile, err = l.home.Secret("load.key", hex.EncodeToString(l.key)+"\n"); err != nil {
		return err
	}
	l.parts, err = l.findParts(ctx)
	return err
}

// Nonce is the hexadecimal name by which this lab's replicas are told from any other server; each cluster's begins
// with it.
func (l *Lab) Nonce() string { return l.nonce }

// LoadKey is the key from which the load users' passwords are made.
func (l *Lab) LoadKey() []byte { return l.key }

// LoadKeyFile is the file in which the servers find that key, in hexadecimal.
func (l *Lab) LoadKeyFile() string { return l.keyFile }

// Parts lists the parts that this lab uses and what would provide the real ones.
func (l *Lab) Parts() []Part { return l.parts.list() }

// Budgets tells how CPU budgets are enforced, or why they cannot be.
func (l *Lab) Budgets() platform.Mechanism { return l.place.Budgets() }

// Platform is the name of where the lab's programs run.
func (l *Lab) Platform() string { return l.config.Platform.Name() }

// PlatformNote is what that means for the figures, a paragraph; "" where it means nothing.
func (l *Lab) PlatformNote() string {
	if noted, ok := l.config.Platform.(platform.Noted); ok {
		return noted.Note()
	}
	return ""
}

// Children reports whether the lab's programs are this process's own children, so that the kernel adds what they used
// to its own when they end.
func (l *Lab) Children() bool {
	_, children := l.place.(platform.Parent)
	return children
}

// host is the address that programs listen on so that the others reach them.
func (l *Lab) host() netip.Addr { return l.config.Platform.Address() }

// Logs is the folder of the children's logs. It is removed when the lab closes.
func (l *Lab) Logs() string { return l.home.Logs() }

// Died delivers the deaths of programs that were not stopped. It is never closed.
func (l *Lab) Died() <-chan Death { return l.died }

func (l *Lab) report(d Death) {
	l.config.Log.Error("a child died", "process", d.Process, "state", d.State)
	select {
	case l.died <- d:
	default: // so many deaths are one story
	}
}

// closeTimeout bounds how long children may take to end in order.
const closeTimeout = 5 * time.Second

// Close takes everything down: processes, cgroups, files, the lock. It may be called again.
func (l *Lab) Close() error {
	l.closing.Do(func() { l.closeErr = l.close() })
	return l.closeErr
}

func (l *Lab) close() error {
	l.mu.Lock()
	l.closed = true
	clusters := l.clusters
	l.clusters = nil
	l.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for c := range clusters {
		wg.Go(func() { c.stop(ctx) })
	}
	wg.Wait()
	var errs []error
	if l.place != nil {
		errs = append(errs, l.place.Close())
	}
	if l.home != nil {
		errs = append(errs, l.home.Remove())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Close())
	}
	return errors.Join(errs...)
}
