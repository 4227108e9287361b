package postgres

import (
	"crypto/tls"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Silent reports whether the other end of an idle connection has said nothing since its last answer. One that ends says
// so, or only closes: what is sent to it then is lost, and the caller cannot tell whether it was done. Asking costs a
// system call and nothing of the network.
func Silent(conn net.Conn) bool {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return true // nothing can be learned
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	// Not Read, which waits for who reads: pgx may leave a reader behind that waits for the next answer.
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		silent = err == unix.EAGAIN || err == unix.EINTR
	})
	return err == nil && silent
}
