package cluster

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// machineLock is the name of the abstract socket that only one lab on a machine can hold. The kernel frees it when the lab
// ends, however it ends, and it leaves no file.
var machineLock = "@authlab"

// lockMachine refuses a second lab.
func lockMachine() (net.Listener, error) {
	lock, err := net.Listen("unix", machineLock)
	if err == nil {
		return lock, nil
	}
	if !errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("cannot take the lock that keeps two benches apart: %w", err)
	}
	return nil, fmt.Errorf("another bench is running on this machine%s: their CPU would mix, so wait until it has ended", holder())
}

// holder names the process that holds the lock, for a reader who wants to look at it.
func holder() string {
	conn, err := net.Dial("unix", machineLock)
	if err != nil {
		return ""
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return ""
	}
	name := ""
	raw.Control(func(fd uintptr) {
		if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			name = fmt.Sprintf(" (process %d)", peer.Pid)
		}
	})
	return name
}

// prefix begins the names of what a lab makes on the machine; its nonce follows.
const prefix = "authlab-"

func newNonce() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func isNonce(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 8
}

// home is the lab's folder of temporary files. The lock in it is held as long as the lab lives.
type home struct {
	path string
	lock *os.File
}

const lockFile = "alive"

func makeHome(under, nonce string) (*home, error) {
	h := &home{path: filepath.Join(under, prefix+nonce)}
	if err := os.Mkdir(h.path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make a folder for temporary files: %w; set TMPDIR to a folder that you may write to", err)
	}
	var err error
	if h.lock, err = os.OpenFile(filepath.Join(h.path, lockFile), os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		err = unix.Flock(int(h.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		err = os.Mkdir(h.logs(), 0o700)
	}
	if err != nil {
		h.remove()
		return nil, fmt.Errorf("cannot prepare the folder for temporary files: %w", err)
	}
	return h, nil
}

func (h *home) logs() string            { return filepath.Join(h.path, "logs") }
func (h *home) file(name string) string { return filepath.Join(h.path, name) }
func (h *home) secret(name, text string) (string, error) {
	path := h.file(name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("cannot write a temporary file: %w", err)
	}
	return path, nil
}

func (h *home) remove() error {
	err := os.RemoveAll(h.path)
	h.lock.Close()
	return err
}

// alive reports whether the lab with that nonce still lives: its lock cannot be had.
func alive(under, nonce string) bool {
	f, err := os.Open(filepath.Join(under, prefix+nonce, lockFile))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) // another user's: not ours to judge
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil
}

// sweepHomes removes the folders of labs that died. What belongs to another user stays for that user's next lab.
func sweepHomes(under string) {
	left, _ := filepath.Glob(filepath.Join(under, prefix+"*"))
	for _, path := range left {
		if nonce := strings.TrimPrefix(filepath.Base(path), prefix); isNonce(nonce) && !alive(under, nonce) {
			os.RemoveAll(path)
		}
	}
}
