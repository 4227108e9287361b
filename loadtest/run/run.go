// Package run executes one run of a plan, on the lab's own servers or on servers that already run. It starts clusters,
// signs users in, sends load, probes the servers, and records the measurements.
//
// It takes a plan, a lab and a folder, and leaves a folder that package record can read. It knows the sequence of the
// stages. It does not know what their figures mean or how they are shown.
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

// Config is everything that the caller tells a run.
type Config struct {
	Plan        *plan.Plan
	Results     string // the folder of results; the run gets runs/ID in it
	Embedded    bool   // use the embedded store and balancer even where real ones are installed
	Platform    platform.Platform
	Usual       bool      // the platform and the parts are the defaults, so the run's costs are worth keeping
	RedisURL    string    // of a store that the lab does not run; "" for a private store
	DatabaseURL string    // of a database of accounts that the lab does not run; "" for a private one
	Command     []string  // as recorded in env.json
	Out         io.Writer // gets the progress
}

// Run is one run of a plan. Only Run knows the sequence of the stages.
type Run struct {
	config   Config
	plan     *plan.Plan   // Config's, without the schemes that cannot run here
	lab      *cluster.Lab // nil: the servers are not the lab's
	folder   *record.Folder
	cpus     []int // the cores the lab may use, at least two
	began    time.Time
	costs    plan.Costs // as predicted
	learned  learned
	measured int // slices, and lines of the kinds of experiment
	progress *Progress
}

// Open creates the folder and opens the lab. Its errors say what to change; a cluster.Misuse means that the request
// itself is wrong. A run that cannot be opened leaves nothing behind.
func Open(ctx context.Context, c Config) (*Run, error) {
	r := &Run{config: c, plan: c.Plan, began: time.Now(), costs: plan.ReadCosts(plan.CostsFile(c.Results))}
	var err error
	if r.cpus, err = cluster.CPUs(); err != nil {
		return nil, err
	}
	if len(r.cpus) < 2 {
		return nil, errors.New("this machine has one core, but the load generator and the servers need one each: " +
			"no measurement here would be true")
	}
	if err := roomFor(sideBySide(c.Plan), "give a plan with fewer connections or schemes"); err != nil {
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
	r.progress.rough = newRough(r.plan)
	needs := ""
	if n := r.plan.Needs(); n.Processes > 0 { // kinds of experiment do not say what they need
		needs = " and " + n.String()
	}
	r.progress.Say(fmt.Sprintf("%s takes about %s%s; Ctrl-C ends it early and keeps what was measured",
		r.plan.Name, message.Brief(took), needs))
}

// OpenLab opens the lab that a run of the plan needs.
func OpenLab(ctx context.Context, c Config) (*cluster.Lab, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program's own folder, which holds the servers' programs: %w", err)
	}
	var servers []string
	postgres := false
	for _, s := range c.Plan.NamedSchemes() {
		servers = append(servers, s.Server)
		postgres = postgres || s.Postgres
	}
	for _, part := range c.Plan.Parts {
		if p, ok := part.(plan.Programmed); ok {
			servers = append(servers, p.Programs()...)
		}
	}
	return cluster.Open(ctx, cluster.Config{
		Platform: c.Platform,
		Servers:  servers, Postgres: postgres, BinDir: filepath.Dir(program), Embedded: c.Embedded,
		RedisURL: c.RedisURL, DatabaseURL: c.DatabaseURL,
		Log: slog.New(slog.DiscardHandler),
	})
}

// Close stops the lab and everything it started, and then the progress. A second call does nothing.
func (r *Run) Close() {
	if r.lab != nil {
		r.lab.Close()
	}
	r.progress.Stop()
}

// Folder returns the folder of the run.
func (r *Run) Folder() *record.Folder { return r.folder }

// Measured returns how many slices and lines of experiments the folder holds.
func (r *Run) Measured() int { return r.measured }

// Began returns when the run was opened.
func (r *Run) Began() time.Time { return r.began }

// typicalUsers is the least number of users from which the measured costs are worth keeping.
const typicalUsers = 2_000

// KeepCosts saves the measured costs for the next prediction. Only a complete run of the usual size, on the default
// parts, gives costs worth keeping.
func (r *Run) KeepCosts() error {
	if !r.config.Usual || r.lab == nil || r.plan.Users < typicalUsers {
		return nil
	}
	return plan.WriteCosts(plan.CostsFile(r.config.Results), r.learned.costs(r.costs))
}

// Measure runs the stages in order. It ends early, with the reason, when the context is cancelled, a child process
// dies, or a result cannot be written.
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

// end records how a run ended, and why.
func (r *Run) end(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the stage's error is only a consequence: a refused connection, a cancelled slice
	}
	last := record.Event{
		Kind: record.Finished, Said: message.New("event.finished", "after", message.Brief(time.Since(r.began))),
	}
	switch {
	case errors.Is(err, context.Canceled):
		last = record.Event{
			Kind: record.Interrupted, Said: message.New("event.interrupted", "after", message.Brief(time.Since(r.began))),
		}
	case err != nil:
		last = record.Event{Kind: record.Failed, Said: message.Text(firstLine(err))}
	}
	return errors.Join(err, r.folder.Event(last))
}

func (r *Run) stages(ctx context.Context) error {
	for _, part := range r.lab.Parts() {
		if part.Embedded && part.Instead != "" {
			if err := r.folder.Event(record.Event{
				Kind: record.Skipped, About: part.Role,
				Said: message.New("event.stand-in", "role", part.Role, "name", part.Name), Help: message.Text(part.Instead),
			}); err != nil {
				return err
			}
		}
	}
	stages := map[string]func(context.Context) error{
		"demand": r.demand, "ladder": r.ladder, "tiers": r.tiers,
		"scaling": r.scaling, "latency": r.latency, "capacity": r.capacity,
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

// accessTTL is longer than the run: expiry is measured separately.
func (r *Run) accessTTL() time.Duration {
	return max(time.Hour, 4*r.plan.Duration(r.costs))
}

// direct is no frontend: the load goes straight to that replica.
func direct(replica int) cluster.Front { return cluster.Front{First: replica} }

// visit sends one slice of closed-loop load through a frontend over the cell's replicas, and records it.
func (r *Run) visit(
	ctx context.Context, d *deployment, cell record.Cell, front cluster.Front, o load.ClosedOptions,
) (record.Slice, error) {
	target, err := r.target(d, front)
	if err != nil {
		return record.Slice{}, err
	}
	cell.Standing = d.cluster.Size()
	o.Meters = load.Meters(d.cluster, cell)
	row, err := load.Closed(ctx, cell, target, o)
	if err != nil {
		return row, err
	}
	if d.served != nil {
		d.served[cell.First] += row.Served
	}
	return row, r.keep(ctx, row)
}

// opening is the load that opens a front's connections where the measured load needs as many as it meets.
var opening = load.ClosedOptions{Connections: 32, Window: 300 * time.Millisecond}

// warm sends load that is not kept. It opens the connections from the generator to the balancer, from the balancer to
// the replicas, and from these to their store. Otherwise the first slices of a front would include connection setup,
// which users of a running service do not see.
func (r *Run) warm(ctx context.Context, d *deployment, front cluster.Front, o load.ClosedOptions) error {
	target, err := r.target(d, front)
	if err != nil {
		return err
	}
	_, err = load.Closed(ctx, record.Cell{Scheme: d.scheme.Name, Replicas: max(1, front.Size)}, target, o)
	return err
}

// target returns the deployment's target behind a front, and creates it on the first visit.
func (r *Run) target(d *deployment, front cluster.Front) (*load.Target, error) {
	if t, ok := d.targets[front]; ok {
		return t, nil
	}
	base, replicas := d.cluster.Direct(front.First), 1
	if front.Size > 0 {
		base, replicas = d.cluster.Front(front), front.Size
	}
	t, err := load.NewTarget(base, "/v1/me", d.cluster.Nonce(), front.First, replicas, d.at(front), r.plan.Seed)
	if err != nil {
		return nil, err
	}
	t.Let(d.scheme.Identities, r.plan.Seed)
	d.targets[front] = t
	return t, nil
}

// keep appends a slice to the raw file, unless the context ended during the measurement: such a slice was cut short.
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
