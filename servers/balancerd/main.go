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

	"authlab/servers/balancer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit code: 0 after a signal, 2 when it was asked wrongly, 1 when something went wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	code := 2
	cmd := &cobra.Command{
		Use: "balancerd", Short: "Spread requests over replicas", Args: cobra.NoArgs, SilenceErrors: true, SilenceUsage: true,
	}
	config := flags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := config()
		if err != nil {
			return err
		}
		c.Log = slog.New(slog.NewJSONHandler(stderr, nil))
		b, err := balancer.Listen(c)
		if err != nil {
			return err
		}
		for _, addr := range b.Addrs() {
			fmt.Fprintf(stdout, "listening http://%s\n", addr)
		}
		code = 1
		return b.Serve(cmd.Context())
	}
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "balancerd: %v\n", err)
		return code
	}
	return 0
}
