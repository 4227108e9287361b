package load

import (
	"sync"

	"golang.org/x/sys/unix"
)

// roomy makes the process's table of file descriptors large enough for every connection that an open loop may need. The kernel
// doubles it when it is full, and in a program with several threads waits for all cores to notice: 10 to 20 ms in which no
// connection can be opened, just when a server is slow and connections become many. Where the limit on open files is lower,
// the table stays as it is.
var roomy = sync.OnceFunc(func() {
	if fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 4*maxInFlight); err == nil {
		unix.Close(fd)
	}
})
