package page

import (
	"fmt"

	"authlab/loadtest/message"
)

func Quantity(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func Enumerate(parts []string) string { return message.Enumerate(parts) }

func Replicas(n int) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}
