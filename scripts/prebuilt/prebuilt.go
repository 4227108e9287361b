// Package prebuilt gives tests the project's programs. It takes the paths of their packages, and knows none of them.
//
// To link a server takes more than a second of CPU time, and several packages need the same servers. So all share what
// is built, in bin/test: the go command links a program there again only when it has changed.
package prebuilt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Programs puts the programs of packages into a folder that exists.
func Programs(folder string, packages ...string) error {
	shared, err := place()
	if err != nil {
		return err
	}
	// Packages are tested at the same time: the first one links, and the others find it done.
	unlock, err := lock(shared)
	if err != nil {
		return err
	}
	defer unlock()
	args := append([]string{"build", "-ldflags=-s -w", "-o", shared + "/"}, packages...)
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	for _, p := range packages {
		if err := put(filepath.Join(shared, path.Base(p)), filepath.Join(folder, path.Base(p))); err != nil {
			return err
		}
	}
	return nil
}

// place is the shared folder, in the module that the caller is tested in.
func place() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	folder := filepath.Dir(strings.TrimSpace(string(mod)))
	for _, name := range []string{"bin", "test"} {
		folder = filepath.Join(folder, name)
		// Not MkdirAll, which looks at the folder: go test would take its time of change for an input of the test.
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return folder, nil
}

// lock waits until no other process builds in a folder.
func lock(folder string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return func() { file.Close() }, nil
}

// put makes a link, or a copy on another file system. The go command replaces a program and does not write into it, so
// that a later build changes neither.
func put(from, to string) error {
	err := os.Link(from, to)
	if !errors.Is(err, syscall.EXDEV) {
		return err
	}
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o755)
}
