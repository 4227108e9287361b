package incident

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// trial is one scheme in one repetition of an incident.
type trial struct {
	part     *Part
	incident Incident
	scheme   plan.Scheme
	servers  servers
	watch    *watch
	line     Line
	began    time.Time
	// connections is how many the load had open at most: the replicas may still hold as many.
	connections int
	processes   map[string]string // of the replicas, before the fault

	entering sync.WaitGroup // logins on their way
	mu       sync.Mutex     // guards the line's Logins while there are some
}

// patient is how long a client of the load waits for an answer.
const patient = 3 * time.Second

// longest is how long breaking may take at most, and repairing: the stop condition of a fault that cannot be undone.
const longest = 20 * time.Second

func newTrial(d *Part, i Incident, s plan.Scheme, on servers, first, repetition int) *trial {
	t := &trial{part: d, incident: i, scheme: s, servers: on}
	t.watch = newWatch(first, d.Users)
	t.line = Line{
		Incident: i.Name, Scheme: s.Name, Repetition: repetition, Nonce: on.Nonce(), Rate: d.Rate,
		Touched: i.Touches(s),
	}
	return t
}

// prepare signs users in and logs the watched ones out.
func (t *trial) prepare(ctx context.Context) error {
	if err := t.servers.SignIn(ctx, t.part.Users+watched); err != nil {
		return err
	}
	var err error
	if t.line.Before, err = t.servers.Vitals(ctx); err != nil {
		return err
	}
	t.processes = map[string]string{}
	for i := range t.part.Replicas {
		if t.processes[replica(i)], err = t.servers.Process(replica(i)); err != nil {
			return err
		}
	}
	t.began = time.Now()
	t.logOut(ctx, t.part.Users, &Tries{})
	return ctx.Err()
}

// logOut logs the watched users out from that one on, all at once.
func (t *trial) logOut(ctx context.Context, from int, told *Tries) {
	if t.scheme.Guarantee == plan.NoGuarantee {
		return // no login can be ended
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	var leaving sync.WaitGroup
	var mu sync.Mutex // guards told
	for i := from; i < from+watched; i++ {
		leaving.Go(func() {
			t.watch.leave(i)
			status, err := t.servers.As(ctx, t.watch.first+i, "POST /v1/logout")
			if err == nil && status == http.StatusNoContent {
				t.watch.left(i, time.Since(t.began)+t.scheme.Push)
			}
			mu.Lock()
			defer mu.Unlock()
			told.add(status)
		})
	}
	leaving.Wait()
}

// run goes through the incident under load. Its error ends the run; what goes wrong with the fault is in the line.
func (t *trial) run(ctx context.Context) error {
	d := t.part
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var streamed error
	var streaming sync.WaitGroup
	end := make(chan struct{})
	t.began = time.Now()
	t.watch.settle(t.scheme.Push)
	t.servers.RelayLate() // what was before is over
	streaming.Go(func() {
		t.connections, streamed = t.servers.Stream(ctx, experiment.Stream{
			Rate: d.Rate, Seed: uint64(t.line.Repetition) + 1, Longest: d.Before + d.Fault + d.After + 2*longest + patient,
			Patient: patient, Who: t.watch.who, Each: t.watch.see, Until: end,
		})
	})
	var beside sync.WaitGroup
	watching, enough := context.WithCancel(ctx)
	beside.Go(func() { t.notice(watching) })
	err := t.phases(ctx)
	enough()
	beside.Wait()
	t.line.Ended = time.Since(t.began)
	close(end)
	streaming.Wait()
	t.entering.Wait()
	if err == nil {
		err = streamed
	}
	t.watch.report(&t.line)
	t.line.Load.Relay = t.servers.RelayLate()
	if err == nil && t.line.Failed == "" && t.line.Unable.IsZero() {
		t.recover(ctx)
	}
	return cmp.Or(err, ctx.Err())
}

// phases are what happens while the load goes on: nothing, the fault, its rollback, and nothing again.
func (t *trial) phases(ctx context.Context) error {
	if err := sleep(ctx, t.part.Before); err != nil {
		return err
	}
	t.line.Injected = time.Since(t.began)
	broken := t.inject(ctx)
	if broken == nil {
		broken = t.suffer(ctx)
	}
	// Whatever went wrong, the rollback is tried: the servers go on to the next repetition.
	if err := t.repair(ctx); broken == nil {
		broken = err
	}
	t.line.Undone = time.Since(t.began)
	t.watch.lasts(false)
	if unable := new(experiment.Unable); errors.As(broken, unable) {
		t.line.Unable = unable.Why
		return ctx.Err()
	}
	if broken != nil {
		t.line.Failed = broken.Error()
		return ctx.Err()
	}
	return sleep(ctx, t.part.After)
}

func (t *trial) inject(ctx context.Context) error {
	t.watch.lasts(true)
	if !t.line.Touched {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if err := takes(ctx, t.servers, t.incident.Break, t.part.Replicas); err != nil {
		return err
	}
	if err := t.act(ctx); err != nil {
		return err
	}
	t.prove(ctx)
	return nil
}

func (t *trial) prove(ctx context.Context) {
	for _, p := range t.incident.Proof {
		t.line.Proofs = append(t.line.Proofs, p.see(ctx, t.servers, t.processes))
	}
}

// suffer lets the fault last: users log in and out meanwhile.
func (t *trial) suffer(ctx context.Context) error {
	lasts := t.part.lasts(t.incident)
	ends := t.began.Add(t.line.Injected + lasts)
	var beside sync.WaitGroup
	beside.Go(func() { t.logIn(ctx, ends) })
	if t.incident.Storm && t.line.Touched {
		t.storm(ctx)
	}
	defer beside.Wait()
	if err := sleep(ctx, lasts/2); err != nil {
		return err
	}
	t.logOut(ctx, t.part.Users-watched, &t.line.Logouts)
	if err := sleep(ctx, time.Until(ends)); err != nil {
		return err
	}
	if t.line.Touched && !t.incident.Passing {
		t.prove(ctx) // it lasted until now
	}
	return nil
}

// While a fault lasts, a user logs in every loginEvery, and waits loginPatient for the answer.
const (
	loginEvery   = 100 * time.Millisecond
	loginPatient = 2 * time.Second
)

// logIn begins logins until that moment. Those that are not answered yet go on.
func (t *trial) logIn(ctx context.Context, until time.Time) {
	for i := 0; time.Now().Before(until) && sleep(ctx, loginEvery) == nil; i++ {
		t.entering.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, loginPatient)
			defer cancel()
			status := t.servers.Enter(ctx, t.watch.first+i%t.part.Users)
			t.mu.Lock()
			defer t.mu.Unlock()
			t.line.Logins.add(status)
		})
	}
}

// stormClients is how many users log in at once.
const stormClients = 32

// storm logs every user in, as soon as others have done.
func (t *trial) storm(ctx context.Context) {
	var next atomic.Int64
	for range stormClients {
		t.entering.Go(func() {
			for who := int(next.Add(1)) - 1; who < t.part.Users && ctx.Err() == nil; who = int(next.Add(1)) - 1 {
				status := t.stormy(ctx, who)
				t.mu.Lock()
				t.line.Logins.add(status)
				t.mu.Unlock()
			}
		})
	}
}

func (t *trial) stormy(ctx context.Context, who int) (status int) {
	ctx, cancel := context.WithTimeout(ctx, loginPatient)
	defer cancel()
	return t.servers.Enter(ctx, t.watch.first+who)
}

func (t *trial) repair(ctx context.Context) error {
	if !t.line.Touched {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return takes(ctx, t.servers, t.incident.Repair, t.part.Replicas)
}

// notice asks every replica again and again whether it is ready.
func (t *trial) notice(ctx context.Context) {
	for sleep(ctx, 50*time.Millisecond) == nil {
		for i := range t.part.Replicas {
			asked := time.Since(t.began)
			if t.servers.Ready(ctx, i) || ctx.Err() != nil {
				continue
			}
			if t.line.Noticed == 0 {
				t.line.Noticed = asked
			}
			t.line.Heard = time.Since(t.began)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
