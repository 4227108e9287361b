package cluster

import (
	"io"
	"os"
	"strings"
)

// tailBytes is how much of a log is shown when a process dies.
const tailBytes = 4 << 10

// tail returns the end of a log file in complete lines, indented, or a remark when there is nothing to show.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "  (its log cannot be read)"
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		f.Seek(-tailBytes, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, tailBytes))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	if lines[0] == "" {
		return "  (it logged nothing)"
	}
	return "  " + strings.Join(lines, "\n  ")
}
