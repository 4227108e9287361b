package message

import "fmt"

// Count writes a number of things: 1 start, 6 starts.
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
