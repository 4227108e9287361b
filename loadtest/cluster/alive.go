package cluster

import (
	"context"
	"fmt"
)

// WhileAlive ends the context when a child of the lab dies, with the end of the child's log as the cause.
func (l *Lab) WhileAlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case death := <-l.Died():
			cancel(fmt.Errorf("%s ended by itself (%s); the end of its log:\n%s", death.Process, death.State, death.Tail))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}
