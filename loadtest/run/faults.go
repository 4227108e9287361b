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
)

var _ interface {
	experiment.Streamed
	experiment.Personal
	experiment.Breakable
	experiment.Askable
	experiment.Watched
} = (*stood)(nil)

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
	var err error
	if part == "store" {
		err = s.deployment.cluster.RestartStore(ctx)
	} else {
		var i int
		if i, err = replicaOf(part, s.deployment.cluster.Size()); err == nil {
			err = s.deployment.cluster.RestartReplica(ctx, i)
		}
	}
	if errors.Is(err, cluster.ErrMoves) {
		return experiment.Unable{Why: message.New("faults.moves")}
	}
	return err
}

// State implements experiment.Breakable.
func (s *stood) State(part string) (string, error) {
	p, err := s.process(part)
	if err != nil {
		return "", err
	}
	return p.State(), nil
}

// AskStore implements experiment.Askable.
func (s *stood) AskStore(ctx context.Context, command ...string) (string, error) {
	return s.deployment.cluster.AskStore(ctx, command...)
}

// DelayStore implements experiment.Askable.
func (s *stood) DelayStore(roundTrip time.Duration) error { return s.deployment.cluster.SetStoreDelay(roundTrip) }

// readiness is asked without keeping connections, so that a replica that is started again is not met on an old one.
var readiness = &http.Client{
	Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil},
}

// Ready implements experiment.Watched.
func (s *stood) Ready(ctx context.Context, replica int) bool {
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
