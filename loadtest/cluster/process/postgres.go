package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"authlab/loadtest/cluster/platform"
)

// postgresFolders is where Debian keeps the programs of each version; no PATH includes them.
var postgresFolders = "/usr/lib/postgresql/*/bin"

// findPostgres returns the folder of PostgreSQL's programs, of the newest version, or "".
func findPostgres() string {
	if found, _ := filepath.Glob(filepath.Join(postgresFolders, "initdb")); len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	path, err := lookPath("initdb")
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// FindPostgres asks PostgreSQL for its version.
func (p *place) FindPostgres(ctx context.Context) (platform.Part, error) {
	lack := platform.Lack{What: "PostgreSQL is not installed", Provide: installer("postgresql")}
	folder := findPostgres()
	if folder == "" {
		return platform.Part{}, lack
	}
	version, err := versionOf(ctx, filepath.Join(folder, "postgres"), "-V")
	if err != nil {
		lack.What = err.Error()
		return platform.Part{}, lack
	}
	return platform.Part{Role: "sessions in SQL", Name: "PostgreSQL", Version: version}, nil
}

// database is a private PostgreSQL that is being prepared.
type database struct {
	folder   string              // its own folder, inside the lab's
	password string              // of the user authlab
	as       *syscall.Credential // PostgreSQL refuses to run as root
}

// Initialise makes the database in the lab's folder.
func (p *place) Initialise(ctx context.Context, name, password string) (platform.Launch, error) {
	d := database{folder: p.lab.Home.File(name + "-postgres"), password: password}
	if err := d.make(p.lab.Home.Path()); err != nil {
		return platform.Launch{}, fmt.Errorf("cannot prepare a private PostgreSQL: %w", err)
	}
	programs := findPostgres()
	if err := d.initialise(ctx, programs); err != nil {
		return platform.Launch{}, err
	}
	return platform.Launch{
		Program: platform.Program{Path: filepath.Join(programs, "postgres")},
		As:      d.as, Args: []string{"-D", d.file("data")},
	}, nil
}

// make makes the folder, for an account that may run PostgreSQL. That account must be able to traverse the lab's own
// folder.
func (d *database) make(home string) error {
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(d.file("password"), []byte(d.password+"\n"), 0o600); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	account, err := osuser.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("root may not run it, and there is no account postgres to run it as: %w", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	d.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := errors.Join(os.Chown(d.folder, uid, gid), os.Chown(d.file("password"), uid, gid),
		os.Chmod(home, 0o711)); err != nil {
		return err
	}
	if barrier := barred(d.folder, uid, gid); barrier != "" {
		return fmt.Errorf("the account postgres, which must run it for root, cannot pass through %s: chmod o+x "+
			"that folder, or set TMPDIR to another", barrier)
	}
	return nil
}

// barred is the first folder on a path that an account may not traverse; "" if there is none.
func barred(path string, uid, gid int) string {
	for at := 1; at < len(path); at++ {
		if path[at] != '/' {
			continue
		}
		info, err := os.Stat(path[:at])
		if err != nil {
			return path[:at]
		}
		pass := fs.FileMode(0o001)
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			switch {
			case int(s.Uid) == uid:
				pass = 0o100
			case int(s.Gid) == gid:
				pass = 0o010
			}
		}
		if info.Mode().Perm()&pass == 0 {
			return path[:at]
		}
	}
	return ""
}

func (d *database) file(name string) string { return filepath.Join(d.folder, name) }

func (d *database) initialise(ctx context.Context, programs string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), "-D", d.file("data"), "-U", "authlab",
		"--pwfile", d.file("password"), "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.Dir = d.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.as, Setpgid: true}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("a private PostgreSQL could not be prepared: %s", platform.Complaint(string(out), err))
	}
	return nil
}
