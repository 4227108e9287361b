package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/parcel"
	"authlab/loadtest/plan"
)

// options are what the bench command was asked for.
type options struct {
	plan     string
	results  string
	embedded bool
	platform string
	redisURL string // of a store that somebody else runs
	database string // of accounts that somebody else keeps
	export   bool   // the run goes to stdout, too
	target   targetOptions
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

With --target servers are measured that stand already, whoever started them: no budgets, no control, and only what they
tell. AUTHLAB_REDIS_URL is then their store, as --store is, for a URL with a password.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.redisURL, o.database = os.Getenv("AUTHLAB_REDIS_URL"), os.Getenv("AUTHLAB_DATABASE_URL")
			o.args = os.Args
			if o.target.url != "" {
				if cmd.Flags().Changed("platform") || o.embedded {
					return asked(errors.New("--platform and --embedded say how servers are started, and those of --target stand already: leave them out"))
				}
				if !cmd.Flags().Changed("plan") {
					o.plan = plan.TargetName
				}
				return benchTarget(cmd.Context(), o, cmd.OutOrStdout())
			}
			if flag := o.target.stray(cmd.Flags()); flag != "" {
				return asked(fmt.Errorf("--%s says something of a target: name it with --target URL", flag))
			}
			where := platformNamed(o.platform)
			if where == nil {
				return asked(fmt.Errorf("there is no platform %q: --platform is %s", o.platform, eachPlatform(platform.Platform.Name, " or ")))
			}
			prepare(where)
			return bench(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.plan, "plan", "bench", "plan to run: one that authlab plan lists, or a .yaml file; with --target it is target")
	f.StringVar(&o.results, "results", "results", "folder of results; the run gets runs/ID in it")
	f.BoolVar(&o.embedded, "embedded", false, "use the embedded store and balancer even where real ones are installed")
	f.StringVar(&o.platform, "platform", platforms[0].Name(), "where the servers run: "+eachPlatform(platform.Platform.About, ", or "))
	f.BoolVar(&o.export, "export", false, "in the end write the run to stdout as text, for authlab import: where only a log comes back")
	o.target.flags(f)
	return cmd
}

// bench runs a plan from its file to its report. Whatever ends it, what was measured until then is kept and reported.
func bench(ctx context.Context, o options, stdout io.Writer) error {
	p, err := plan.Load(o.plan)
	if err != nil {
		return asked(err)
	}
	if p.Logins != nil && !platformNamed(o.platform).Address().IsLoopback() {
		return asked(fmt.Errorf("the plan %s logs people in, whom servers that others could reach do not have: run it with --platform %s", p.Name, secluded()))
	}
	if p.Target != nil {
		return asked(fmt.Errorf("the plan %s is for servers that stand already: name them with --target URL", p.Name))
	}
	cpus, err := cluster.CPUs()
	if err != nil {
		return failure{wentWrong, err}
	}
	if len(cpus) < 2 {
		return failure{wentWrong, errors.New("this machine has one core: the load generator and what it measures need one each, so nothing measured here would be true")}
	}
	if err := roomFor(sideBySide(p), "give a plan with fewer connections or rows"); err != nil {
		return failure{wentWrong, err}
	}
	folder, err := newFolder(o.results, p)
	if err != nil {
		return failure{wentWrong, err}
	}
	lab, err := openLab(ctx, o, p)
	if err != nil {
		folder.remove()
		return misused(err)
	}
	defer lab.Close()

	r := &run{
		plan: p, lab: lab, folder: folder, cpus: cpus, began: time.Now(),
		costs: plan.ReadCosts(costsFile(o.results)),
	}
	r.progress = newProgress(stdout, p.Duration(r.costs))
	r.progress.say(fmt.Sprintf("%s takes about %s; Ctrl-C ends it early and keeps what was measured", p.Name, brief(p.Duration(r.costs))))
	ended := r.measure(ctx, o)
	lab.Close() // before the report is written: nothing of the lab outlives the measuring
	return r.conclude(ended, o, stdout)
}

func openLab(ctx context.Context, o options, p *plan.Plan) (*cluster.Lab, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program's own folder, where the servers' programs lie: %w", err)
	}
	var servers []string
	postgres := false
	for _, s := range p.CostArms() {
		servers = append(servers, s.Server)
		postgres = postgres || s.Postgres
	}
	return cluster.Open(ctx, cluster.Config{
		Platform: platformNamed(o.platform),
		Servers:  servers, Postgres: postgres, BinDir: filepath.Dir(program), Embedded: o.embedded, RedisURL: o.redisURL, DatabaseURL: o.database,
		Log: slog.New(slog.DiscardHandler),
	})
}

// misused tells what was asked for wrongly from what went wrong.
func misused(err error) error {
	if _, ok := errors.AsType[cluster.Misuse](err); ok {
		return asked(err)
	}
	return failure{wentWrong, err}
}

// typicalUsers is how many sign in where the costs of signing in are worth remembering.
const typicalUsers = 10_000

// conclude writes the report of what was measured and turns what ended the run into the command's error.
func (r *run) conclude(ended error, o options, stdout io.Writer) error {
	r.progress.stop()
	if err := r.folder.close(); err != nil && ended == nil {
		ended = err
	}
	if r.measured == 0 {
		r.folder.remove()
		if ended == nil {
			return failure{wentWrong, errors.New(strings.Join(append([]string{"nothing was measured"}, r.folder.skipped...), "; "))}
		}
		return explainEnd(ended, "nothing was measured yet, so there is no report")
	}
	if ended == nil && !o.embedded && r.lab != nil && r.lab.Platform() == platforms[0].Name() && r.plan.Users >= typicalUsers {
		// Only a whole run of the usual size on the parts that are used by default teaches the next prediction.
		if err := plan.WriteCosts(costsFile(o.results), r.learned.costs(r.costs)); err != nil {
			fmt.Fprintf(stdout, "the costs for the next prediction could not be kept: %v\n", err)
		}
	}
	a, err := writeReport(r.folder.path, stdout)
	if o.export { // whatever became of the report, which can be written again
		defer linger(stdout)
		if err := parcel.Pack(r.folder.path, stdout); err != nil && ended == nil {
			ended = err
		}
	}
	if err != nil {
		return failure{wentWrong, errors.Join(ended, fmt.Errorf("%w; what was measured is kept: authlab report %s writes the report again", err, r.folder.path))}
	}
	fmt.Fprintf(stdout, "took %s; the report is %s\n", brief(time.Since(r.began)), filepath.Join(r.folder.path, "report.html"))
	if ended != nil {
		return explainEnd(ended, "the report of what was measured until then is marked partial")
	}
	if err := worthless(a); err != nil {
		return failure{wentWrong, fmt.Errorf("%w; the report is %s", err, filepath.Join(r.folder.path, "report.html"))}
	}
	return nil
}

// linger lets whoever keeps a container's log read all that was written to it: containerd 1.6 loses the end of what a
// container writes right before it ends.
func linger(stdout io.Writer) {
	f := file(stdout)
	if f == nil {
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
