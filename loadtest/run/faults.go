package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/experiment"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/wire"
)

var _ experiment.Faultable = (*stood)(nil)

// Stream implements experiment.Streamed.
func (s *stood) Stream(ctx context.Context, o experiment.Stream) (int, error) {
	d := s.deployment
	target, err := s.run.target(d, cluster.Front{Size: d.cluster.Size()})
	if err != nil {
		return 0, err
	}
	return load.Stream(ctx, target, load.StreamOptions{
		Rate: o.Rate, Seed: o.Seed, Longest: o.Longest, Patient: o.Patient, Who: o.Who, Until: o.Until,
		Each: func(one load.One) { o.Each(experiment.Answer(one)) },
	})
}

// As implements experiment.Personal.
func (s *stood) As(ctx context.Context, user int, request string) (int, error) {
	all := s.deployment.credentials[0]
	if user < 0 || user >= len(all) {
		return 0, fmt.Errorf("user %d of %s has not signed in", user, s.deployment.scheme.Name)
	}
	return credential.Ask(ctx, s.door(), request, all[user])
}

// Enter implements experiment.Personal.
func (s *stood) Enter(ctx context.Context, user int) int {
	c := s.logins()
	c.First = user
	return credential.Try(ctx, c)
}

// process is the process of a part.
func (s *stood) process(part string) (*cluster.Process, error) {
	c := s.deployment.cluster
	if part == "store" {
		if c.Store() == nil {
			return nil, experiment.Unable{Why: message.New("faults.no-store", "scheme", s.deployment.scheme.Name)}
		}
		return c.Store(), nil
	}
	i, err := replicaOf(part, c.Size())
	if err != nil {
		return nil, err
	}
	return c.Replica(i), nil
}

func replicaOf(part string, size int) (int, error) {
	number, ok := strings.CutPrefix(part, "replica-")
	i, err := strconv.Atoi(number)
	if !ok || err != nil || i < 0 || i >= size {
		return 0, fmt.Errorf("there is no part %q", part)
	}
	return i, nil
}

// does calls what on the process of a part.
func (s *stood) does(part string, what func(*cluster.Process) error) error {
	p, err := s.process(part)
	if err != nil {
		return err
	}
	return what(p)
}

// Kill implements experiment.Breakable.
func (s *stood) Kill(part string) error { return s.does(part, (*cluster.Process).Kill) }

// Pause implements experiment.Breakable.
func (s *stood) Pause(part string) error { return s.does(part, (*cluster.Process).Pause) }

// Resume implements experiment.Breakable.
func (s *stood) Resume(part string) error { return s.does(part, (*cluster.Process).Resume) }

// Quit implements experiment.Breakable.
func (s *stood) Quit(ctx context.Context, part string) error {
	return s.does(part, func(p *cluster.Process) error {
		p.Quit(ctx)
		return nil
	})
}

// Restart implements experiment.Breakable.
func (s *stood) Restart(ctx context.Context, part string) error {
	if part == "store" {
		return unable(s.deployment.cluster.RestartStore(ctx))
	}
	i, err := replicaOf(part, s.deployment.cluster.Size())
	if err != nil {
		return err
	}
	return unable(s.deployment.cluster.RestartReplica(ctx, i))
}

// unable marks what these servers or this platform cannot do.
func unable(err error) error {
	switch {
	case errors.Is(err, cluster.ErrMoves):
		return experiment.Unable{Why: message.New("faults.moves")}
	case errors.Is(err, cluster.ErrNoRedis):
		return experiment.Unable{Why: message.New("faults.no-redis")}
	case errors.Is(err, cluster.ErrNoKey):
		return experiment.Unable{Why: message.New("faults.no-key")}
	case errors.Is(err, cluster.ErrNoFile):
		return experiment.Unable{Why: message.New("faults.no-file")}
	default:
		return err
	}
}

// State implements experiment.Breakable.
func (s *stood) State(part string) (string, error) {
	p, err := s.process(part)
	if err != nil {
		return "", err
	}
	return p.State(), nil
}

// Process implements experiment.Breakable.
func (s *stood) Process(part string) (string, error) {
	p, err := s.process(part)
	if err != nil {
		return "", err
	}
	return p.ID(), nil
}

// AskStore implements experiment.Askable.
func (s *stood) AskStore(ctx context.Context, command ...string) (string, error) {
	answer, err := s.deployment.cluster.AskStore(ctx, command...)
	return answer, unable(err)
}

// DelayStore implements experiment.Askable.
func (s *stood) DelayStore(roundTrip time.Duration) error {
	return s.deployment.cluster.SetStoreDelay(roundTrip)
}

// StoreRoundTrip implements experiment.Askable.
func (s *stood) StoreRoundTrip(ctx context.Context) (time.Duration, error) {
	took, err := s.deployment.cluster.StoreRoundTrip(ctx)
	return took, unable(err)
}

// Skew implements experiment.Skewable.
func (s *stood) Skew(ctx context.Context, part string, by time.Duration) error {
	i, err := replicaOf(part, s.deployment.cluster.Size())
	if err != nil {
		return err
	}
	return unable(s.deployment.cluster.RestartReplica(ctx, i, "--clock-offset="+by.String()))
}

// Skewed implements experiment.Skewable.
func (s *stood) Skewed(ctx context.Context, part string) (time.Duration, error) {
	i, err := replicaOf(part, s.deployment.cluster.Size())
	if err != nil {
		return 0, err
	}
	told, err := cluster.ReadMetrics(ctx, s.deployment.cluster.Direct(i))
	if err != nil {
		return 0, err
	}
	seconds, ok := told.Sum("authlab_clock_seconds", nil)
	if !ok {
		return 0, fmt.Errorf("%s does not say what time it is", part)
	}
	return time.Duration(seconds*float64(time.Second)) - time.Duration(time.Now().UnixNano()), nil
}

// Rotate implements experiment.Rotatable.
func (s *stood) Rotate(step string) error {
	return unable(s.deployment.cluster.Rotate(cluster.Rotation(step)))
}

// LockAccounts implements experiment.Lockable.
func (s *stood) LockAccounts(ctx context.Context) error {
	return unable(s.deployment.cluster.LockAccounts(ctx))
}

// UnlockAccounts implements experiment.Lockable.
func (s *stood) UnlockAccounts() error { return s.deployment.cluster.UnlockAccounts() }

// AccountsLocked implements experiment.Lockable.
func (s *stood) AccountsLocked() (bool, error) { return s.deployment.cluster.AccountsLocked() }

// readiness is asked on a new connection each time, so that a replica that is started again is not met on an old one.
var readiness = wire.Client(nil)

// soon is how long a replica has to say that it is ready.
const soon = time.Second

// Ready implements experiment.Watched.
func (s *stood) Ready(ctx context.Context, replica int) bool {
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.deployment.cluster.Direct(replica)+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := readiness.Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Vitals implements experiment.Watched.
func (s *stood) Vitals(ctx context.Context) (v experiment.Vitals, err error) {
	c := s.deployment.cluster
	for _, p := range c.Processes() {
		if p.State() == cluster.Runs {
			v.Processes++
		}
	}
	for i := range c.Size() {
		if c.Replica(i).State() != cluster.Runs {
			continue
		}
		told, err := cluster.ReadMetrics(ctx, c.Direct(i))
		if err != nil {
			return v, err
		}
		goroutines, _ := told.Sum("go_goroutines", nil)
		files, _ := told.Sum("process_open_fds", nil)
		v.Goroutines, v.Files = v.Goroutines+int(goroutines), v.Files+int(files)
		reading, err := c.Replica(i).Read()
		if err != nil {
			return v, err
		}
		v.Resident += reading.Resident
	}
	return v, nil
}
