package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/wire"
)

// probe asks servers that the lab started about themselves.
var probe = wire.Client(nil)

// stranger is an answer from a server that this lab did not start.
type stranger struct{ at, calls string }

func (s stranger) Error() string {
	return fmt.Sprintf("another server answers at %s and calls itself %q: end it, or find out what sends requests there",
		s.at, s.calls)
}

// ask returns the replica that answers a GET, from its X-Replica, and the body of a 200.
func ask(ctx context.Context, url string) (replica string, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	answer, err := probe.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return answer.Header.Get("X-Replica"), body, err
}

// Ready waits until every replica says that it can serve, as after a rest in which it did not hear from its store.
func (c *Cluster) Ready(ctx context.Context) error {
	for i, p := range c.replicas {
		if err := c.ready(ctx, p, c.replicaName(i)); err != nil {
			return err
		}
	}
	return nil
}

// ready waits until a replica says that it can serve, and checks that it is the replica that was started.
func (c *Cluster) ready(ctx context.Context, p *Process, name string) error {
	var wrong error
	err := poll.Until(ctx, func() error {
		if p.ended() {
			wrong = errors.New("it ended before it was ready")
			return nil
		}
		replica, body, err := ask(ctx, p.Addr()+"/healthz")
		if err != nil {
			return err
		}
		var health struct{ Replica string }
		if json.Unmarshal(body, &health); health.Replica != name || replica != name {
			wrong = stranger{p.Addr(), health.Replica}
			return nil
		}
		_, _, err = ask(ctx, p.Addr()+"/readyz")
		return err
	})
	if err = errors.Join(err, wrong); err != nil {
		return p.explain(err)
	}
	return nil
}

// recognise sends requests through the frontend over n replicas until each of them has answered. No other server may
// answer.
func (c *Cluster) recognise(ctx context.Context, f Front) error {
	known := map[string]bool{}
	for i := range f.Size {
		known[c.replicaName(f.First+i)] = true
	}
	seen := map[string]bool{}
	var wrong error
	err := poll.Until(ctx, func() error {
		for range 2 * f.Size {
			if c.balancer.ended() {
				wrong = errors.New("it ended before it was ready")
				return nil
			}
			replica, _, err := ask(ctx, c.fronts[f]+"/healthz")
			if err != nil {
				return err
			}
			if !known[replica] {
				wrong = stranger{c.fronts[f], replica}
				return nil
			}
			seen[replica] = true
		}
		if len(seen) < f.Size {
			return fmt.Errorf("only %d of %d replicas answer through %s", len(seen), f.Size, c.fronts[f])
		}
		return nil
	})
	if err = errors.Join(err, wrong); err != nil {
		return c.balancer.explain(err)
	}
	return nil
}
