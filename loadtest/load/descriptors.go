package load

import (
	"sync"

	"golang.org/x/sys/unix"
)

// roomy makes the process's table of file descriptors large enough for every connection that an open loop may need. The
// kernel doubles the table when it is full. In a program with several threads it then waits for all cores, which takes
// 10 to 20 ms. Meanwhile no connection can open, exactly when a server is slow and needs many. Where the limit on open
// files is lower, the table keeps its size.
var roomy = sync.OnceFunc(func() {
	if fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 4*maxInFlight); err == nil {
		unix.Close(fd)
	}
})
