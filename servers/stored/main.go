// Command stored is the session store where no redis-server is installed: miniredis in a process of its own. It keeps
// everything in memory, forgets it at the end, and is for experiments.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/spf13/cobra"

	"authlab/servers/api/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It returns the exit code: 0 after a signal, 2 after a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c config
	cmd := &cobra.Command{
		Use: "stored",
		Long: `stored is a Redis in memory, for experiments where no redis-server is installed.

It knows the commands that sessions need, and forgets everything when it ends.`,
		Example: `  stored  # on 127.0.0.1:6390, where sessiond --store redis looks for it
  stored --listen 127.0.0.1:0 --password-file password`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.serve(cmd.Context(), stdout); err != nil {
				return program.Usage{Sentence: err.Error()}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&c.listen, "listen", "127.0.0.1:6390",
		"address to listen on; port 0 picks a free one and prints it")
	cmd.Flags().StringVar(&c.passwordFile, "password-file", "",
		"file (mode 0600) with the password that clients must give; needed off loopback")
	return program.Run(ctx, cmd, args, stdout, stderr)
}

// drive lets time pass in m until ctx ends: miniredis's own clock stands still. A step looks at every key, so steps are
// as frequent as a two-hundredth of a core allows, between 0.1 s and 5 s apart.
func drive(ctx context.Context, m *miniredis.Miniredis) {
	const share, fastest, slowest = 200, 100 * time.Millisecond, 5 * time.Second
	timer := time.NewTimer(fastest)
	defer timer.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		m.FastForward(now.Sub(last))
		last = now
		timer.Reset(min(max(share*time.Since(now), fastest), slowest))
	}
}
