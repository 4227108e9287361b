package cluster

import (
	"cmp"
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

// Config is all input of a lab.
type Config struct {
	// Platform is where the programs run.
	Platform platform.Platform
	// BinDir is the folder of the servers' programs: sessiond, tokend, controld, stored, balancerd.
	BinDir string
	// Servers are the programs that the run needs: Open refuses when one is missing.
	Servers []string
	// TempDir is where the lab makes its folder of temporary files; "" is the system's.
	TempDir string
	// Postgres says that a scheme keeps sessions in PostgreSQL, so the lab looks for it.
	Postgres bool
	// Embedded uses stored and balancerd even where real parts are installed.
	Embedded bool
	// RedisURL is a store that the lab does not run, redis://[[user]:password@]host:port. The lab uses it as it is and
	// never empties it.
	RedisURL string
	// DatabaseURL is where the accounts are kept, sqlite:PATH or postgres://…; "" is a separate SQLite file for each
	// cluster.
	DatabaseURL string
	// Lock is the name of the lock that keeps labs apart; "" is the one that all labs of a machine share, so that none
	// disturbs another's measurements. A test that measures nothing has a lock of its own.
	Lock string
	// Log receives what the lab does; nil discards it.
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
	starts   map[string]int // how often a cluster of each name was started
	started  int            // number of clusters so far
	closed   bool
	closing  sync.Once
	closeErr error
}

// Open takes the machine for a lab. It refuses when another lab is running, removes what dead labs left, and finds the
// parts. Each error is one sentence that says what to do.
func Open(ctx context.Context, c Config) (*Lab, error) {
	if c.Platform == nil {
		return nil, errors.New("a lab needs a platform for its programs")
	}
	if c.TempDir == "" {
		c.TempDir = os.TempDir()
	}
	if absolute, err := filepath.Abs(c.TempDir); err == nil { // programs run in their own working folders
		c.TempDir = absolute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Lab{
		config: c, nonce: claim.NewNonce(), died: make(chan Death, 64), clusters: map[*Cluster]bool{},
		starts: map[string]int{},
	}
	if err := l.open(ctx); err != nil {
		l.Close()
		return nil, err
	}
	c.Log.Info("lab open", "nonce", l.nonce, "folder", l.home.Path(), "budgets", l.Budgets().Name)
	return l, nil
}

func (l *Lab) open(ctx context.Context) (err error) {
	if l.lock, err = lockMachine(cmp.Or(l.config.Lock, machineLock)); err != nil {
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

// Nonce is the hexadecimal name that tells this lab's replicas from any other server; each cluster's nonce begins with
// it.
func (l *Lab) Nonce() string { return l.nonce }

// LoadKey is the key from which the load users' passwords are derived.
func (l *Lab) LoadKey() []byte { return l.key }

// LoadKeyFile is the file in which the servers find that key, in hexadecimal.
func (l *Lab) LoadKeyFile() string { return l.keyFile }

// Parts lists the parts that this lab uses, and what would provide the real ones.
func (l *Lab) Parts() []Part { return l.parts.list() }

// Budgets says how CPU budgets are enforced, or why they cannot be.
func (l *Lab) Budgets() platform.Mechanism { return l.place.Budgets() }

// Platform is the name of the platform that the lab's programs run on.
func (l *Lab) Platform() string { return l.config.Platform.Name() }

// PlatformNote is a paragraph on what the platform means for the figures; "" where it means nothing.
func (l *Lab) PlatformNote() string {
	if noted, ok := l.config.Platform.(platform.Noted); ok {
		return noted.Note()
	}
	return ""
}

// Children reports whether the lab's programs are this process's own children. If so, the kernel adds their use to this
// process's when they end.
func (l *Lab) Children() bool {
	_, children := l.place.(platform.Parent)
	return children
}

// host is the address that programs listen on, so that the others reach them.
func (l *Lab) host() netip.Addr { return l.config.Platform.Address() }

// Logs is the folder of the children's logs. It is removed when the lab closes.
func (l *Lab) Logs() string { return l.home.Logs() }

// Died delivers the deaths of programs that the lab did not stop. It is never closed.
func (l *Lab) Died() <-chan Death { return l.died }

func (l *Lab) report(d Death) {
	l.config.Log.Error("a child died", "process", d.Process, "state", d.State)
	select {
	case l.died <- d:
	default: // this many deaths have one cause
	}
}

// closeTimeout is how long children may take to end in order.
const closeTimeout = 5 * time.Second

// Close takes everything down: processes, cgroups, files, the lock. It may be called more than once.
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
