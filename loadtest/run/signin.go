package run

import (
	"context"
	"fmt"
	"sync"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// reception signs the users of every arm in, at two arms at once: the server that checks a login has one thread, and with
// one arm after the other half of a small machine would wait for it.
type reception struct {
	*Run
	queue chan visitors

	mu     sync.Mutex // of what follows, and of the arms' credentials
	done   int        // users that are signed in
	logins int        // of which so many had to log in: the control believes a name
}

// visitors are the users of one arm that sign in at one replica.
type visitors struct {
	arm     *arm
	replica int
}

const receptionists = 2

func (r *Run) signIn(ctx context.Context, arms []*arm) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	all := reception{Run: r, queue: make(chan visitors)}
	var working sync.WaitGroup
	for range receptionists {
		working.Go(func() {
			for v := range all.queue { // to the end even after an error: then each of them ends at once
				if err := all.receive(ctx, v); err != nil {
					cancel(fmt.Errorf("signing in at %s: %w", v.arm.scheme.Name, err)) // the first is kept
				}
			}
		})
	}
	for _, a := range arms {
		for replica := range a.doors() {
			all.queue <- visitors{a, replica}
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
		Base: v.arm.door(v.replica), Scheme: v.arm.scheme, Users: r.plan.Users, Key: r.lab.LoadKey(), Nonce: v.arm.cluster.Nonce(),
		Progress: func(n int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.done, told = r.done+n-told, n
			r.progress.Doing(fmt.Sprintf("%d users are signed in, now at %s", r.done, v.arm.scheme.Name))
		},
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	v.arm.credentials[v.replica] = credentials
	if v.arm.scheme.Carrier != plan.ByName {
		r.logins += r.plan.Users
	}
	return err
}
