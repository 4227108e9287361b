package cluster

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// machineLock is the name of an abstract socket that only one lab on a machine can hold. The kernel frees it when the
// lab ends, however it ends. It leaves no file, and users need no folder in common. Each network namespace has its own
// lock: to it, another namespace is another machine.
var machineLock = "@authlab"

// lockMachine refuses a second lab under one name.
func lockMachine(name string) (net.Listener, error) {
	lock, err := net.Listen("unix", name)
	if err == nil {
		return lock, nil
	}
	if !errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("cannot take the lock that keeps two benches apart: %w", err)
	}
	return nil, fmt.Errorf(
		"another bench or demo is running on this machine%s: their CPU would mix, so wait until it has ended", holder(name))
}

// holder names the process that holds the lock, so that the user can look at it.
func holder(lock string) string {
	conn, err := net.Dial("unix", lock)
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
