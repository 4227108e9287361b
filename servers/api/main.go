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

	"authlab/servers/api/program"
)

// Program is a server as a command.
type Program struct {
	Name    string
	Listen  string // the default of --listen
	About   string // a line that describes it, then any number of lines
	Example string // command lines, each indented by two spaces
	Scheme  Scheme
}

// Main reads the command line, serves until SIGTERM or SIGINT, and returns the exit code: 0 after a graceful shutdown,
// 2 after a wrong command line, 1 after any other error.
func (p Program) Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return p.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// everyServer is what every server's --help says after its own description.
const everyServer = `

Wrong passwords make further attempts wait, by account and address. A device that has logged in as the account before
is recognised by a cookie, and waits for its own failures only. Each replica counts only the failures that it has
seen, so behind N replicas an attacker has N times as many attempts.`

// Run is Main with everything it touches as an argument.
func (p Program) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	config := NewConfig(p.Name, p.Listen)
	healthcheck := false
	cmd := &cobra.Command{
		Use: p.Name, Long: p.About + everyServer, Example: p.Example,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if healthcheck {
				return program.Healthcheck(cmd.Context(), config.Listen, stdout)
			}
			return Run(cmd.Context(), config, p.Scheme, stdout, stderr)
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&healthcheck, "healthcheck", false,
		"do not serve, but ask the server that listens on --listen whether it is ready, and exit with 0 if so, else with 1")
	p.Scheme.Flags(cmd.Flags())
	return program.Run(ctx, cmd, args, stdout, stderr)
}

// Command runs a server without help texts, for tests.
func Command(ctx context.Context, server, listen string, scheme Scheme, args []string, stdout, stderr io.Writer) int {
	return Program{Name: server, Listen: listen, Scheme: scheme}.Run(ctx, args, stdout, stderr)
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
		return Usage{Sentence: fmt.Sprintf("cannot listen on %s: %v; choose another address with --listen", c.Listen,
			cause(err))}
	}
	if c.DemoUsers {
		s.log.Warn("demonstration accounts exist: alice, bob and admin, with a public password")
	}
	fmt.Fprintf(stdout, "listening http://%s\n", listener.Addr())
	return s.Serve(ctx, listener)
}

// cause returns the innermost error, such as "permission denied", without the call and path around it.
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
