// Package poll waits for an effect that another process causes without announcing it. It knows nothing of what is
// tried.
package poll

import (
	"context"
	"fmt"
	"time"
)

// Until tries until it succeeds or the context ends. It waits a little longer after each try.
func Until(ctx context.Context, try func() error) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := try()
		if err == nil {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if cause := context.Cause(ctx); cause != context.DeadlineExceeded {
				return cause
			}
			return fmt.Errorf("%w (given up after trying for as long as is sensible)", err)
		}
	}
}
