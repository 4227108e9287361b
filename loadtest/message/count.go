package message

import (
	"fmt"
	"strings"
)

// Count is a number of things: 1 start, 6 starts.
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "ch") {
		one += "e"
	}
	return fmt.Sprintf("%d %ss", n, one)
}
