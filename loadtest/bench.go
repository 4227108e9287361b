package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/run"
	"authlab/loadtest/runarchive"
)

// options are the bench command's flags.
type options struct {
	plan     string
	results  string
	embedded bool
	platform string
	redisURL string // of a store that the lab does not run
	database string // of an external database of accounts
	export   bool   // the run also goes to stdout
	target   targetOptions
	lang     *message.Language
	args     []string
}

func benchCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure, and write a report into a folder of its own",
		Long: `Measure, and write a report into a folder of its own.
AUTHLAB_REDIS_URL in the environment (redis://[[user]:password@]host:port) uses that store instead of a private one, and
AUTHLAB_DATABASE_URL (sqlite:PATH or postgres://…) keeps the accounts there instead of in a private SQLite file.
With --target, the bench measures servers that already run. It sets no budgets, has no control, and knows only what the
servers report. AUTHLAB_REDIS_URL is then their store, like --store, for a URL with a password.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.redisURL, o.database = os.Getenv("AUTHLAB_REDIS_URL"), os.Getenv("AUTHLAB_DATABASE_URL")
			o.args = os.Args
			if o.target.url != "" {
				if cmd.Flags().Changed("platform") || o.embedded {
					return asked(errors.New(
						"--platform and --embedded say how to start servers, and those of --target already run: leave them out"))
				}
				if !cmd.Flags().Changed("plan") {
					o.plan = plan.TargetName
				}
				return benchTarget(cmd.Context(), o, cmd.OutOrStdout())
			}
			if flag := o.target.stray(cmd.Flags()); flag != "" {
				return asked(fmt.Errorf("--%s applies to a target: name the target with --target URL", flag))
			}
			where := platformNamed(o.platform)
			if where == nil {
				return asked(fmt.Errorf("there is no platform %q: --platform is %s",
					o.platform, eachPlatform(platform.Platform.Name, " or ")))
			}
			prepare(where)
			return bench(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.plan, "plan", "bench",
		"plan to run: one that authlab plan lists, or a .yaml file; the default with --target is target")
	f.StringVar(&o.results, "results", "results", "folder of results; the run gets runs/ID in it")
	f.BoolVar(&o.embedded, "embedded", false, "use the embedded store and balancer even where real ones are installed")
	f.StringVar(&o.platform, "platform", platforms[0].Name(),
		"where the servers run: "+eachPlatform(platform.Platform.About, ", or "))
	f.BoolVar(&o.export, "export", false,
		"at the end, write the run to stdout as text for authlab import, for places that only return a log")
	o.target.flags(f)
	o.lang = langFlag(cmd)
	return cmd
}

// bench runs a plan from its file to its report. Whatever ends it, everything measured so far is kept and reported.
func bench(ctx context.Context, o options, stdout io.Writer) error {
	p, err := plan.ToRun(o.plan, all.Parts()...)
	if err != nil {
		return asked(err)
	}
	return measured(ctx, p, o, stdout, nil)
}

// measured runs a plan to its report, and then shows what more there is to show of it; show may be nil.
func measured(
	ctx context.Context,
	p *plan.Plan,
	o options,
	stdout io.Writer,
	show func(*analysis.Analysis, message.Language, io.Writer),
) error {
	if slices.ContainsFunc(all.Of(p), func(k experiment.Kind) bool { return k.People }) &&
		!platformNamed(o.platform).Address().IsLoopback() {
		return asked(fmt.Errorf(
			"the plan %s logs in users with known passwords, so no other machine may reach its servers: run it with "+
				"--platform %s", p.Name, secluded()))
	}
	if p.Target != nil {
		return asked(fmt.Errorf("the plan %s is for servers that already run: name them with --target URL", p.Name))
	}
	r, err := run.Open(ctx, o.config(p, stdout))
	if err != nil {
		return misused(err)
	}
	defer r.Close()
	ended := r.Measure(ctx)
	r.Close() // before the report is written: nothing of the lab outlives the measurement
	return conclude(r, ended, o, stdout, show)
}

// config is the configuration of the run.
func (o *options) config(p *plan.Plan, stdout io.Writer) run.Config {
	return run.Config{
		Plan: p, Results: o.results, Embedded: o.embedded, Platform: platformNamed(o.platform),
		Usual:    o.platform == platforms[0].Name() && !o.embedded,
		RedisURL: o.redisURL, DatabaseURL: o.database, Command: o.args, Out: stdout,
	}
}

// misused gives errors of wrong input their own exit code.
func misused(err error) error {
	if _, ok := errors.AsType[cluster.Misuse](err); ok {
		return asked(err)
	}
	return failure{wentWrong, err}
}

// conclude writes the report of what was measured, and turns the reason for the run's end into the command's error.
func conclude(
	r *run.Run, ended error, o options, stdout io.Writer, show func(*analysis.Analysis, message.Language, io.Writer),
) error {
	folder := r.Folder()
	if err := folder.Close(); err != nil && ended == nil {
		ended = err
	}
	if r.Measured() == 0 {
		folder.Remove()
		if ended == nil {
			return failure{
				wentWrong,
				errors.New(strings.Join(append([]string{"nothing was measured"}, folder.Skipped()...), "; ")),
			}
		}
		return explainEnd(ended, "nothing was measured yet, so there is no report")
	}
	if ended == nil {
		if err := r.KeepCosts(); err != nil {
			fmt.Fprintf(stdout, "the costs for the next prediction could not be kept: %v\n", err)
		}
	}
	a, err := writeReport(folder.Path(), *o.lang, stdout)
	if o.export { // also without a report, which can be written again
		defer linger(stdout)
		if err := runarchive.Pack(folder.Path(), stdout); err != nil && ended == nil {
			ended = err
		}
	}
	if err != nil {
		return failure{
			wentWrong,
			errors.Join(ended,
				fmt.Errorf("%w; what was measured is kept: authlab report %s writes the report again", err, folder.Path())),
		}
	}
	if show != nil {
		show(a, *o.lang, stdout)
	}
	fmt.Fprintf(stdout, "took %s; the report is %s\n",
		message.Brief(time.Since(r.Began())), filepath.Join(folder.Path(), "report.html"))
	if ended != nil {
		return explainEnd(ended, "the report of what was measured until then is marked partial")
	}
	if err := worthless(a); err != nil {
		return failure{wentWrong, fmt.Errorf("%w; the report is %s", err, filepath.Join(folder.Path(), "report.html"))}
	}
	return nil
}

// linger gives the reader of a container's log time to read all of it: containerd 1.6 loses what a container writes
// right before it ends.
func linger(stdout io.Writer) {
	if o, ok := stdout.(*output); ok {
		stdout = o.Unwrap()
	}
	f, ok := stdout.(*os.File)
	if !ok {
		return
	}
	if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		time.Sleep(3 * time.Second)
	}
}

func explainEnd(ended error, rest string) error {
	switch {
	case ended == nil:
		return nil
	case errors.Is(ended, context.Canceled):
		return failure{interrupted, errors.New("interrupted; " + rest)}
	default:
		return failure{wentWrong, fmt.Errorf("%w; %s", ended, rest)}
	}
}
