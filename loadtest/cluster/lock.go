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

// home is the lab's folder of temporary files, and the sign of its life: an abstract socket named by its nonce. Like the
// machine's lock it is freed by the kernel, and it can be seen from wherever the lab's groups and folders can be found.
type home struct {
	path string
	life net.Listener
}

func lifeOf(nonce string) string { return "@" + prefix + nonce }

func makeHome(under, nonce string) (*home, error) {
	h := &home{path: filepath.Join(under, prefix+nonce)}
	var err error
	if h.life, err = net.Listen("unix", lifeOf(nonce)); err != nil { // before the folder: no other lab must take it for a dead one's
		return nil, fmt.Errorf("cannot give a sign of life: %w", err)
	}
	if err := os.Mkdir(h.path, 0o700); err != nil {
		h.life.Close()
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
	return path, nil
}

func (h *home) remove() error {
	err := os.RemoveAll(h.path)
	h.life.Close()
	return err
}

// alive reports whether the lab with that nonce still lives.
func alive(nonce string) bool {
	life, err := net.Listen("unix", lifeOf(nonce))
	if err != nil {
		return true // in use; or, if it cannot be known, not ours to judge
	}
	life.Close()
	return false
}

// sweepHomes removes the folders of labs that died. What belongs to another user stays for that user's next lab.
func sweepHomes(under string) {
	left, _ := filepath.Glob(filepath.Join(under, prefix+"*"))
	for _, path := range left {
		if nonce := strings.TrimPrefix(filepath.Base(path), prefix); isNonce(nonce) && !alive(nonce) {
			os.RemoveAll(path)
		}
	}
}
