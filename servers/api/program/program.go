// Package program is what all servers' command lines have in common: a wrong one gets one sentence that says what to do
// and where to read more, and every end has its exit code.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Usage is a misconfiguration, in one sentence that says what to do.
type Usage struct{ Sentence string }

func (u Usage) Error() string { return u.Sentence }

// Run runs a command that takes flags only. It returns the exit code: 0 after a graceful end, 2 after a wrong command
// line, which RunE reports as a Usage, and 1 after any other error.
func Run(ctx context.Context, cmd *cobra.Command, args []string, stdout, stderr io.Writer) int {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.Args = noArguments
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	cmd.Flags().SortFlags = false
	cmd.SetArgs(args)
	help := &output{Writer: stdout}
	cmd.SetOut(help)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil && help.err != nil {
		err = fmt.Errorf("cannot write the help: %w", help.err)
	}
	if err == nil {
		return 0
	}
	code, more := 1, ""
	if errors.As(err, &Usage{}) {
		code, more = 2, fmt.Sprintf(" (see %s --help)", cmd.Name())
	}
	fmt.Fprintf(stderr, "%s: %s%s\n", cmd.Name(), strings.ReplaceAll(err.Error(), "\n", " "), more)
	return code
}

// output remembers a failed write, which cobra ignores.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		o.err = err
	}
	return n, err
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usage{fmt.Sprintf("%q is not understood: use flags only", args[0])}
	}
	return nil
}

// flagError says what a flag takes, where pflag would say how Go failed to parse it.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return Usage{err.Error()}
	}
	takes, ok := map[string]string{
		"duration": "a time such as 500ms or 10s", "int": "a whole number", "bool": "true or false",
	}[invalid.GetFlag().Value.Type()]
	if !ok {
		return Usage{err.Error()}
	}
	return Usage{fmt.Sprintf("--%s takes %s, not %q", invalid.GetFlag().Name, takes, invalid.GetValue())}
}
