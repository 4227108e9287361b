// Package run is one run of a plan on a lab's own servers, or on servers that stand already: it stands clusters up, signs
// users in, visits them with load, probes them, and keeps what was measured.
//
// It takes a plan, a lab and a folder, and gives a folder that package record can read. It knows the sequence of the
// stages, and nothing of what their figures mean or how they are shown.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Config is everything that a run is told from outside.
type Config struct {
	Plan        *plan.Plan
	Results     string // folder of results: the run gets runs/ID in it
	Embedded    bool   // use the embedded store and balancer even where real ones are installed
	Platform    platform.Platform
	Usual       bool      // the platform and the parts are those that are used by default: the run teaches what things cost
	RedisURL    string    // of a store that the lab does not run; "" for a private one
	DatabaseURL string    // of accounts that the lab does not keep; "" for private ones
	Command     []string  // as it is noted in env.json
	Out         io.Writer // gets the progress
}

// Run is one run of a plan: the only place that knows the sequence of the stages.
type Run struct {
	config   Config
	plan     *plan.Plan   // Config's, without what cannot run here
	lab      *cluster.Lab // nil: the servers are not the lab's
	folder   *record.Folder
	cpus     []int // the cores the lab may use, at least two
	began    time.Time
	costs    plan.Costs // as predicted
	learned  learned
	measured int // slices, and lines of kinds of experiment
	progress *Progress
}

// Open makes the folder and opens the lab. Its errors say what to change; cluster.Misuse is one of what was asked for.
// Nothing is left of a run that cannot be opened.
func Open(ctx context.Context, c Config) (*Run, error) {
	r := &Run{config: c, plan: c.Plan, began: time.Now(), costs: plan.ReadCosts(plan.CostsFile(c.Results))}
	var err error
	if r.cpus, err = cluster.CPUs(); err != nil {
		return nil, err
	}
	if len(r.cpus) < 2 {
		return nil, errors.New("this machine has one core: the load generator and what it measures need one each, so nothing measured here would be true")
	}
	if err := roomFor(sideBySide(c.Plan), "give a plan with fewer connections or rows"); err != nil {
		return nil, err
	}
	if r.folder, err = record.NewFolder(c.Results, c.Plan); err != nil {
		return nil, err
	}
	if r.lab, err = OpenLab(ctx, c); err != nil {
		r.folder.Remove()
		return nil, err
	}
	r.announce()
	return r, nil
}

// announce says how long the run will take.
func (r *Run) announce() {
	took := r.plan.Duration(r.costs)
	r.progress = NewProgress(r.config.Out, took)
	r.progress.Say(fmt.Sprintf("%s takes about %s; Ctrl-C ends it early and keeps what was measured", r.plan.Name, message.Brief(took)))
}

// OpenLab opens the lab that a run of the plan needs.
func OpenLab(ctx context.Context, c Config) (*cluster.Lab, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program's own folder, where the servers' programs lie: %w", err)
	}
	var servers []string
	postgres := false
	for _, s := range c.Plan.CostSchemes() {
		servers = append(servers, s.Server)
		postgres = postgres || s.Postgres
	}
	return cluster.Open(ctx, cluster.Config{
		Platform: c.Platform,
		Servers:  servers, Postgres: postgres, BinDir: filepath.Dir(program), Embedded: c.Embedded, RedisURL: c.RedisURL, DatabaseURL: c.DatabaseURL,
		Log: slog.New(slog.DiscardHandler),
	})
}

// Close takes down the lab and what it started, and then the progress. A second call does nothing.
func (r *Run) Close() {
	if r.lab != nil {
		r.lab.Close()
	}
	r.progress.Stop()
}

// Folder is where the run is kept.
func (r *Run) Folder() *record.Folder { return r.folder }

// Measured is how many slices, or lines of other kinds, there are in it.
func (r *Run) Measured() int { return r.measured }

// Began is when the run was opened.
func (r *Run) Began() time.Time { return r.began }

// typicalUsers is how many sign in where the costs of signing in are worth remembering.
const typicalUsers = 10_000

// KeepCosts leaves what things cost for the next prediction. Only a whole run of the usual size, on the parts that are used
// by default, teaches one.
func (r *Run) KeepCosts() error {
	if !r.config.Usual || r.lab == nil || r.plan.Users < typicalUsers {
		return nil
	}
	return plan.WriteCosts(plan.CostsFile(r.config.Results), r.learned.costs(r.costs))
}

// Measure visits the stages in order. It ends early with the reason when the context is cancelled, a child dies or a
// result cannot be written.
func (r *Run) Measure(ctx context.Context) error {
	ctx, cancel := r.lab.WhileAlive(ctx)
	defer cancel()

	e := r.environment(ctx)
	var err error
	if e.Selftest, err = r.selftest(ctx); err == nil {
		err = r.folder.Environment(e)
	}
	if err == nil {
		err = r.leaveOut(ctx)
	}
	if err == nil {
		err = r.stages(ctx)
	}
	return r.end(ctx, err)
}

// end notes how a run ended, and why.
func (r *Run) end(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause // what the stage saw is only a consequence: a refused connection, a cancelled slice
	}
	last := record.Event{Kind: record.Finished, Said: message.New("event.finished", "after", message.Brief(time.Since(r.began)))}
	switch {
	case errors.Is(err, context.Canceled):
		last = record.Event{Kind: record.Interrupted, Said: message.New("event.interrupted", "after", message.Brief(time.Since(r.began)))}
	case err != nil:
		last = record.Event{Kind: record.Failed, Said: message.Text(firstLine(err))}
	}
	return errors.Join(err, r.folder.Event(last))
}

func (r *Run) stages(ctx context.Context) error {
	for _, part := range r.lab.Parts() {
		if part.Embedded && part.Instead != "" {
			if err := r.folder.Event(record.Event{Kind: record.Skipped, About: part.Role, Said: message.New(
				"event.stand-in", "role", part.Role, "name", part.Name), Help: message.Text(part.Instead)}); err != nil {
				return err
			}
		}
	}
	stages := map[string]func(context.Context) error{
		"demand": r.demand, "ladder": r.ladder, "tiers": r.tiers, "scaling": r.scaling, "latency": r.latency, "capacity": r.capacity,
	}
	for _, kind := range all.Of(r.plan) {
		stages[kind.Name()] = r.experiment(kind)
	}
	for _, s := range r.plan.Predict(r.costs) {
		r.progress.Begin(s)
		stage, ok := stages[s.Name]
		if !ok {
			return fmt.Errorf("there is no stage %q", s.Name)
		}
		if err := stage(ctx); err != nil {
			return fmt.Errorf("stage %s: %w", s.Name, err)
		}
	}
	return nil
}

// accessTTL outlives the run: expiry is an experiment of its own.
func (r *Run) accessTTL() time.Duration {
	return max(time.Hour, 4*r.plan.Duration(r.costs))
}

// direct is no frontend: replica 0 itself is visited.
var direct cluster.Front

// visit sends one slice of closed-loop load through a frontend over the cell's replicas, and keeps its row.
func (r *Run) visit(ctx context.Context, a *arm, cell record.Cell, front cluster.Front, o load.ClosedOptions) (record.Slice, error) {
	target, err := r.target(a, front)
	if err != nil {
		return record.Slice{}, err
	}
	o.Meters = load.Meters(a.cluster, cell)
	row, err := load.Closed(ctx, cell, target, o)
	if err != nil {
		return row, err
	}
	a.served += row.Served
	return row, r.keep(ctx, row)
}

// target returns the arm's target behind a front, made with the first visit.
func (r *Run) target(a *arm, front cluster.Front) (*load.Target, error) {
	if t, ok := a.targets[front]; ok {
		return t, nil
	}
	base, replicas := a.cluster.Direct(0), 1
	if front != direct {
		base, replicas = a.cluster.Front(front), front.Size
	}
	t, err := load.NewTarget(base, "/v1/me", a.cluster.Nonce(), front.First, replicas, a.at(front), r.plan.Seed)
	if err == nil {
		a.targets[front] = t
	}
	return t, err
}

// open sends one slice of open-loop load at the cell's rate. Its requests go to the file of that name; "" keeps none.
func (r *Run) open(ctx context.Context, t *load.Target, cell record.Cell, o load.OpenOptions, file string) (record.Slice, error) {
	o.Requests = io.Discard
	if file != "" {
		var err error
		if o.Requests, err = r.folder.Requests(file); err != nil {
			return record.Slice{}, err
		}
	}
	o.Rate, o.Seed = cell.Rate, o.Seed+r.plan.Seed+uint64(cell.Round)
	if o.Arrivals == "" {
		o.Arrivals = plan.Poisson
	}
	return load.Open(ctx, cell, t, o)
}

// keep appends a row to the raw file, unless the context ended while it was measured: such a slice was cut short.
func (r *Run) keep(ctx context.Context, row record.Slice) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := r.folder.Slice(row); err != nil {
		return err
	}
	r.measured++
	r.learned.slice(row)
	r.progress.slice(row)
	return nil
}
