// Command balancerd spreads requests over replicas where HAProxy is not installed.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"authlab/servers/api/program"
	"authlab/servers/balancer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit code: 0 after a signal, 2 after a wrong command line, 1 after any other
// error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := &cobra.Command{
		Use: "balancerd",
		Long: `balancerd spreads requests over replicas, where HAProxy is not installed.

A replica that refuses a connection or fails its health check gets no requests until it passes one again. A request is
sent to a second replica only when no connection to the first could be made.`,
		Example: `  balancerd --backend http://127.0.0.1:8080 --backend http://127.0.0.1:8083
  balancerd --backend http://127.0.0.1:8080 --frontend addr=127.0.0.1:0;size=1 --balance sticky`,
	}
	config := flags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := config()
		if err != nil {
			return program.Usage{Sentence: err.Error()}
		}
		c.Log = slog.New(slog.NewJSONHandler(stderr, nil))
		b, err := balancer.Listen(c)
		if err != nil {
			return program.Usage{Sentence: err.Error()}
		}
		for _, addr := range b.Addrs() {
			fmt.Fprintf(stdout, "listening http://%s\n", addr)
		}
		return b.Serve(cmd.Context())
	}
	return program.Run(ctx, cmd, args, stdout, stderr)
}
