package run

import (
	"context"
	"fmt"
	"sync"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// reception signs in the users of every deployment, at two deployments at once. The server that checks a login has one
// thread: one deployment at a time would leave half of a small machine idle.
type reception struct {
	*Run
	queue chan visitors

	mu     sync.Mutex // guards the fields below and the deployments' credentials
	done   int        // users that are signed in
	logins int        // those of them that had to log in: the control trusts a name
}

// visitors are the users of one deployment that sign in at one replica.
type visitors struct {
	deployment *deployment
	replica    int
}

const receptionists = 2

func (r *Run) signIn(ctx context.Context, deployments []*deployment) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	all := reception{Run: r, queue: make(chan visitors)}
	var working sync.WaitGroup
	for range receptionists {
		working.Go(func() {
			for v := range all.queue { // drained even after an error: then every sign-in ends at once
				if err := all.receive(ctx, v); err != nil {
					cancel(fmt.Errorf("signing in at %s: %w", v.deployment.scheme.Name, err)) // the first error is kept
				}
			}
		})
	}
	for _, d := range deployments {
		for replica := range d.doors() {
			all.queue <- visitors{d, replica}
		}
	}
	close(all.queue)
	working.Wait()
	if all.logins > 0 {
		r.learned.signIn = append(r.learned.signIn, time.Since(began)/time.Duration(all.logins))
	}
	return context.Cause(ctx)
}

func (r *reception) receive(ctx context.Context, v visitors) error {
	told := 0
	credentials, err := credential.SignIn(ctx, credential.Config{
		Base: v.deployment.door(v.replica), Scheme: v.deployment.scheme, Users: r.plan.Users,
		Key: r.lab.LoadKey(), Nonce: v.deployment.cluster.Nonce(),
		Progress: func(n int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.done, told = r.done+n-told, n
			r.progress.Doing(fmt.Sprintf("%d users are signed in, now at %s", r.done, v.deployment.scheme.Name))
		},
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	v.deployment.credentials[v.replica] = credentials
	if v.deployment.scheme.Carrier != plan.ByName {
		r.logins += r.plan.Users
	}
	return err
}
