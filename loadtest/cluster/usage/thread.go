package usage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Stopped reports whether every thread of a process is stopped.
func Stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		stat, _ := os.ReadFile(path)
		if is := State(stat); is != 0 && is != 'T' {
			return false
		}
	}
	return true
}

// State is the letter for a thread's state, from its stat file; 0 where there is none.
func State(stat []byte) byte {
	// The name before the state is in parentheses, and may contain parentheses itself.
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 || i+2 >= len(stat) {
		return 0
	}
	return stat[i+2]
}
