package lesson

import (
	"context"
	"time"

	"authlab/loadtest/message"
)

// KillHome kills the replica that answered a login.
type KillHome struct{ Of string }

// Do implements Act.
func (k KillHome) Do(ctx context.Context, p *Place) error {
	home := p.person(k.Of).Home
	if home < 0 {
		return amiss{message.New("demo.amiss.no-login")}
	}
	replica := p.cluster.Replica(home)
	if err := replica.Kill(); err != nil {
		return err
	}
	for dead := false; !dead; { // it takes a moment to die
		if _, err := replica.Read(); err != nil {
			dead = true
			continue
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	p.say(message.New("demo.deed.killed", "replica", home+1))
	return nil
}

// StopStore stops the store in the middle of what it does, as a hang would. ResumeStore lets it go on. A column without
// a store has nothing to stop.
type StopStore struct{}

// Do implements Act.
func (StopStore) Do(_ context.Context, p *Place) error {
	store := p.cluster.Store()
	if store == nil {
		p.say(message.New("demo.deed.no-store"))
		return nil
	}
	p.ear.catchUp() // what comes from here on waits in the store's sockets
	if err := store.Pause(); err != nil {
		return err
	}
	p.stopped = true
	p.say(message.New("demo.deed.store-stopped"))
	return nil
}

// ResumeStore lets a stopped store go on.
type ResumeStore struct{}

// Do implements Act.
func (ResumeStore) Do(ctx context.Context, p *Place) error {
	store := p.cluster.Store()
	if store == nil {
		p.say(message.New("demo.deed.no-store"))
		return nil
	}
	if err := store.Resume(); err != nil {
		return err
	}
	p.stopped = false
	p.ear.listen(ctx, store)
	p.say(message.New("demo.deed.store-resumed"))
	return nil
}
