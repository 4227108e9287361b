// Command authlab measures what it costs to remember users, with sessions and with tokens, over replicas.
//
//	authlab bench --plan quick        measure, and write a report
//	authlab incident store-down       break the servers under load, and see what their users notice
//	authlab report results/runs/ID    write the report of a run again, offline
//	authlab compare RUN RUN           set two runs side by side
//	authlab check RUN --require TEXT  hold a run to a requirement, for scripts
//	authlab merge RUN RUN --out DIR   add up what several generators measured at one target
//	authlab import LOG                extract a run from the log of a bench --export
//	authlab export RUN --out DIR      write a run's requests as Vegeta's tools read them
//	authlab targets --target URL …    write targets with signed-in credentials, for vegeta attack
//	authlab plan                      list the plans, what they ask, and how long they take
//	authlab serve                     show the reports to browsers
//	authlab exploit NAME              attack naive servers, those of a library's README, and these; or yours
//	authlab selftest                  find out what this machine can and cannot resolve
//	authlab demo                      show the lesson: sessions and tokens side by side, on real servers
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"authlab/loadtest/message"

	"github.com/spf13/cobra"
)

func main() {
	// A second signal ends the lab at once: its children die with it, and the next lab removes what they leave.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	// The reader of the output may close it, as head does. Writing must then return an error, because a signal would end
	// the lab in the middle.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(authlab(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes.
const (
	wentWrong   = 1
	askedWrong  = 2
	interrupted = 130 // as a shell reports a program that Ctrl-C ended
)

// failure is an error that decides the exit code.
type failure struct {
	code int
	err  error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// asked marks an error as a request of the user's that cannot be carried out.
func asked(err error) error { return failure{askedWrong, err} }

// authlab is the complete command: arguments and writers in, an exit code out.
func authlab(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "authlab",
		Short:         "Sessions or tokens? Measured over replicas, on this machine.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetArgs(args)
	told := &output{Writer: stdout}
	root.SetOut(told)
	root.SetErr(stderr)
	root.AddCommand(benchCommand(), reportCommand(), compareCommand(), mergeCommand(), importCommand(), planCommand(),
		checkCommand(), exportCommand(), targetsCommand(), serveCommand(), selftestCommand(), exploitCommand(),
		demoCommand(), incidentCommand())

	err := root.ExecuteContext(ctx)
	if err == nil {
		err = told.failed()
	}
	var f failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
		fmt.Fprintf(stderr, "authlab: %s\n", printable(err))
		return f.code
	default: // an unknown command or flag
		fmt.Fprintf(stderr, "authlab: %s; see authlab --help\n", printable(err))
		return askedWrong
	}
}

// printable returns an error's text with its line breaks, and with all other control characters escaped: servers and
// files chose some of it.
func printable(err error) string {
	lines := strings.Split(strings.ReplaceAll(err.Error(), "\t", "    "), "\n")
	for i, line := range lines {
		lines[i] = message.Visible(line)
	}
	return strings.Join(lines, "\n")
}
