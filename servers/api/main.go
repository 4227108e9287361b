package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Main runs a server as a program: it reads the command line, serves until SIGTERM or SIGINT, and returns the exit
// code: 0 after a graceful end, 2 when it was asked wrongly, 1 when something went wrong.
func Main(server, listen string, scheme Scheme) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return Command(ctx, server, listen, scheme, os.Args[1:], os.Stdout, os.Stderr)
}

// Command is Main with everything it touches as an argument.
func Command(ctx context.Context, server, listen string, scheme Scheme, args []string, stdout, stderr io.Writer) int {
	config := NewConfig(server, listen)
	cmd := &cobra.Command{
		Use:           server,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	config.Flags(cmd.Flags())
	scheme.Flags(cmd.Flags())
	cmd.Flags().SortFlags = false
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	ran := false // the command line was understood
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ran = true
		return Run(cmd.Context(), config, scheme, stdout, stderr)
	}

	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %s\n", server, strings.ReplaceAll(err.Error(), "\n", " "))
	if usage := (Usage{}); !ran || errors.As(err, &usage) {
		return 2
	}
	return 1
}

// Run serves until ctx ends, then drains. It prints one line, "listening http://ADDRESS", on stdout once it answers.
func Run(ctx context.Context, c Config, scheme Scheme, stdout, stderr io.Writer) error {
	if err := c.check(stderr); err != nil {
		return err
	}
	s, err := Open(ctx, c, scheme)
	if err != nil {
		return err
	}
	defer s.Close()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return Usage{fmt.Sprintf("cannot listen on %s: %v; choose another address with --listen", c.Listen, cause(err))}
	}
	if c.DemoUsers {
		s.log.Warn("demonstration accounts exist: alice, bob and admin, with a password that everybody knows")
	}
	fmt.Fprintf(stdout, "listening http://%s\n", listener.Addr())
	return s.Serve(ctx, listener)
}

// cause is the innermost error, such as "permission denied", without the call and path around it.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func randomNonce() string {
	b := make([]byte, 6)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// validReplica accepts what is safe to send in a header: letters, digits and a dash before the index.
func validReplica(name string) bool {
	nonce, index, ok := strings.Cut(name, "-")
	return ok && nonce != "" && index != "" && len(name) <= 64 &&
		strings.Trim(nonce, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" &&
		strings.Trim(index, "0123456789") == ""
}
