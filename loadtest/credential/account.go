package credential

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Account is somebody whose password is not made from the load users' key.
type Account struct{ Name, Password string }

// ReadAccounts reads a file that only its owner may read, with a name and a password on each line; spaces and lines that begin with #
// stand for nothing. Errors name the line and never what is in it.
func ReadAccounts(path string) ([]Account, error) {
	text, err := readOwn(path)
	if err != nil {
		return nil, err
	}
	var all []Account
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, password, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("%s: line %d is not a name, a space and a password", path, n)
		}
		all = append(all, Account{name, strings.TrimSpace(password)})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: it has no users: a name, a space and a password on each line", path)
	}
	return all, nil
}

// minKey is how long the key of load users is at least, in bytes.
const minKey = 32

// ReadKey reads the key that servers were started with as --load-key-file: raw, or in hexadecimal.
func ReadKey(path string) ([]byte, error) {
	text, err := readOwn(path)
	if err != nil {
		return nil, err
	}
	if key, err := hex.DecodeString(string(bytes.TrimSpace(text))); err == nil {
		text = key
	}
	if len(text) < minKey {
		return nil, fmt.Errorf("%s: it must hold at least %d bytes, raw or in hex", path, minKey)
	}
	return text, nil
}

// maxSecret is how much of a file is read: a hundred thousand users' names and passwords.
const maxSecret = 8 << 20

// readOwn reads a file that only its owner may read.
func readOwn(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s cannot be opened: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file: the path may name another one by now
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case exposed(info, os.Geteuid(), os.Getegid()):
		return nil, fmt.Errorf("others may read or write %s (mode %04o): chmod 600 it, and replace what is in it if they may have", path, info.Mode().Perm())
	case info.Size() > maxSecret:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxSecret>>20)
	}
	return io.ReadAll(f)
}

// exposed says whether others may read or write a file that is meant for one. The group may read a file of another owner's,
// if it is a group of this process: so Kubernetes hands files to a container, which could not chmod them.
func exposed(info fs.FileInfo, user int, groups ...int) bool {
	allowed := fs.FileMode(0o600)
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != user && slices.Contains(groups, int(s.Gid)) {
		allowed = 0o640
	}
	return info.Mode().Perm()&^allowed != 0
}
