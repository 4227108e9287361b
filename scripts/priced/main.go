// Command priced measures what defences of the servers cost that no server can be started without. For each, a handler
// runs with the servers' own code of it and without, in this process: no network, no store, no other load. It writes a
// line of JSON for each round and defence.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"authlab/loadtest/experiment"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "priced:", err)
		os.Exit(1)
	}
}

// run measures as the arguments say, and writes the rounds.
func run(ctx context.Context, args []string, out io.Writer) error {
	h, err := asked(args)
	if err != nil {
		return err
	}
	all, err := defencesOf(h.Defences)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1) // what a handler leaves to the garbage collector is then paid in its own time
	to := json.NewEncoder(out)
	return hop(ctx, all, h, processCPU, func(r experiment.Hopped) error { return to.Encode(r) })
}

// asked reads the arguments.
func asked(args []string) (h experiment.Hops, err error) {
	flags := pflag.NewFlagSet("priced", pflag.ContinueOnError)
	flags.StringSliceVar(&h.Defences, "defences", nil, "names of defences")
	flags.IntVar(&h.Rounds, "rounds", 40, "rounds")
	flags.DurationVar(&h.Slice, "slice", time.Millisecond, "CPU time of a slice, about")
	flags.Uint64Var(&h.Seed, "seed", 1, "decides the order of the slices")
	if err := flags.Parse(args); err != nil {
		return h, err
	}
	if len(h.Defences) == 0 || flags.NArg() > 0 || h.Rounds < 1 || h.Slice <= 0 {
		return h, errors.New("it needs --defences, and numbers above 0")
	}
	return h, nil
}
