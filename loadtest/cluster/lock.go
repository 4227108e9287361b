package cluster

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// machineLock is the name of the abstract socket that only one lab on a machine can hold. The kernel frees it when the lab
// ends, however it ends, it leaves no file, and no two users need a folder in common. A container with a network of its own
// has a name space of its own for it: what runs in there is another machine to this lock.
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

// home is the lab's folder of temporary files.
type home struct {
	path     string
	held     *claim
	uid, gid int // whose the files in it are; 0 where that is the lab's own account
}

func makeHome(under, nonce string) (*home, error) {
	h := &home{path: filepath.Join(under, prefix+nonce)}
	var err error
	if h.held, err = makeClaimed(h.path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make a folder for temporary files: %w; set TMPDIR to a folder that you may write to", err)
	}
	if err := os.Mkdir(h.logs(), 0o700); err != nil {
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
	if h.uid != 0 {
		return path, os.Chown(path, h.uid, h.gid)
	}
	return path, nil
}

// give gives the folder, and what will be written into it, to an account that programs run as.
func (h *home) give(uid, gid int) error {
	h.uid, h.gid = uid, gid
	return os.Chown(h.path, uid, gid)
}

func (h *home) remove() error {
	err := os.RemoveAll(h.path)
	h.held.release()
	return err
}
