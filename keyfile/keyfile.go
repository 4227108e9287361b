// Package keyfile reads files that hold keys and passwords: no other user may read them. It refuses a key that was not
// drawn at random.
package keyfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// maxBytes is the maximum size of a file: a hundred thousand users' names and passwords.
const maxBytes = 8 << 20

// Open opens a file that only its owner may read. Errors do not repeat the path, which the caller names.
func Open(path string) (io.ReadCloser, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a FIFO would wait for a writer
	if err != nil {
		return nil, fmt.Errorf("it cannot be opened: %w", bare(err))
	}
	info, err := file.Stat() // of the open file: the path may name another one by now
	switch {
	case err != nil:
		err = fmt.Errorf("it cannot be read: %w", bare(err))
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	case info.Size() > maxBytes:
		err = fmt.Errorf("it is larger than %d MiB", maxBytes>>20)
	case foreign(info, os.Geteuid()):
		err = errors.New("it belongs to another user, who can choose what is in it: chown it to this one")
	case exposed(info, os.Geteuid(), os.Getegid()):
		err = fmt.Errorf("others may read or write it (mode %04o): chmod 600 it, and replace what is in it if they may have",
			info.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(file, maxBytes), file}, nil
}

// foreign reports whether a file belongs to a user other than this process's user and root. Root owns what Kubernetes
// hands to a container; and root itself may use what it has given to the user of a container.
func foreign(info fs.FileInfo, user int) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && user != 0 && s.Uid != 0 && int(s.Uid) != user
}

// exposed reports whether others may read or write a file meant for one user. The group may read a file of another
// owner if it is this process's group: that is how Kubernetes hands files to a container, which could not chmod them.
func exposed(info fs.FileInfo, user, group int) bool {
	allowed := fs.FileMode(0o600)
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != user && int(s.Gid) == group {
		allowed = 0o640
	}
	return info.Mode().Perm()&^allowed != 0
}

// Read reads a file that only its owner may read, up to 8 MiB of it. The error is one sentence, with the path.
func Read(path string) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("%s: it cannot be read: %w", path, bare(err))
	}
	return text, nil
}

// Unmarked returns text without the byte order mark that some editors put before it.
func Unmarked(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// Secrets reads secrets of at least size bytes, one a line in hexadecimal. Command is what makes a good one. Errors
// name the line and never its content.
func Secrets(file io.Reader, size int, command string) ([][]byte, error) {
	var secrets [][]byte
	seen := map[string]bool{}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(Unmarked(text))) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		secret, err := hex.DecodeString(line)
		if err != nil {
			return nil, fmt.Errorf("line %d is not hexadecimal", n)
		}
		if why := Weak(secret, size); why != "" {
			return nil, fmt.Errorf("the key in line %d %s; `%s` makes a good one", n, why, command)
		}
		if seen[string(secret)] {
			return nil, fmt.Errorf("line %d repeats a key", n)
		}
		seen[string(secret)] = true
		secrets = append(secrets, secret)
	}
	if len(secrets) == 0 {
		return nil, fmt.Errorf("it has no key; `%s` makes one", command)
	}
	return secrets, nil
}

// Weak says why a secret was not drawn at random, or "". It refuses a random one by mistake less than once in 10¹²
// times.
func Weak(secret []byte, needed int) string {
	if len(secret) < needed {
		return fmt.Sprintf("has %d bytes, and at least %d are needed", len(secret), needed)
	}
	counts := map[byte]int{}
	text, steady := true, true
	for i, b := range secret {
		counts[b]++
		text = text && (b >= ' ' && b <= '~' || b >= '\t' && b <= '\r')
		steady = steady && (i < 2 || b-secret[i-1] == secret[1]-secret[0])
	}
	half := len(secret) / 2
	switch {
	case len(counts) < 16:
		return "has hardly any different bytes, so it was not drawn at random"
	case steady:
		return "counts, so it was not drawn at random"
	case text:
		return "is text, so it can be guessed"
	case bytes.Equal(secret[:half], secret[len(secret)-half:]):
		return "repeats itself"
	}
	return ""
}

// bare returns an error of package os without the path.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
