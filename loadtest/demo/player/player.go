package player

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// Phase is what is happening in a lesson.
type Phase string

// The phases of a step, in their order; a failed step is not shown.
const (
	Building Phase = "building" // its servers start, or the steps before it are done again
	Ready    Phase = "ready"    // the class may bet
	Running  Phase = "running"
	Shown    Phase = "shown"
	Failed   Phase = "failed"  // the servers cannot be started, or did not answer as they must
	Lacking  Phase = "lacking" // something that this scene needs is missing here
)

// State is what all viewers see.
type State struct {
	Version  int         // grows with every change
	Plan     lesson.Plan // which scenes come one after the other
	Scene    lesson.Scene
	Step     int
	Phase    Phase
	Bet      string // the name of the choice; "" before it
	Won      string // the name of the choice that holds; "" before the step has run
	Evidence [2]*lesson.Evidence
	Failures []message.Message // why it failed, or what is lacking
	Until    time.Time         // until when time is to pass before it goes on; zero where nothing waits
	Votes    map[string]int    // of the audience, by the names of the choices; never changed, only replaced
}

// Player plays a lesson. Its methods may be called from several goroutines.
type Player struct {
	stand   *stand.Stand
	courier lesson.Courier
	ctx     context.Context // ends with the player
	stop    context.CancelFunc

	turn  sync.Mutex // held by the one thing that is being done
	world *lesson.World
	last  context.CancelFunc // of what is being done
	doing sync.WaitGroup

	mu      sync.Mutex
	state   State
	voters  map[string]string // who has voted for what; see Vote
	changed chan struct{}     // closed with the next change
}

// New returns a player of the lesson on a stand, at its beginning. The caller closes it before the stand.
func New(ctx context.Context, s *stand.Stand, courier lesson.Courier) *Player {
	p := &Player{stand: s, courier: courier, changed: make(chan struct{}), last: func() {}}
	p.ctx, p.stop = context.WithCancel(ctx)
	p.state = State{Scene: lesson.Scenes[0], Phase: Building}
	return p
}

// Still returns a player that stands at a state and has no servers: it takes bets and votes, and can neither go nor
// run.
func Still(s State) *Player {
	p := New(context.Background(), nil, nil)
	p.state = s
	return p
}

// State is the present state, and a channel that is closed when it has changed.
func (p *Player) State() (State, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

// change changes the state and tells all viewers.
func (p *Player) change(what func(*State)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what(&p.state)
	p.publish()
}

// publish tells all viewers that the state has changed. The caller holds mu.
func (p *Player) publish() {
	p.state.Version++
	close(p.changed)
	p.changed = make(chan struct{})
}

// instead ends what is being done, and then does something else in the background.
func (p *Player) instead(what func(context.Context)) {
	p.mu.Lock()
	p.last()
	ctx, cancel := context.WithCancel(p.ctx)
	p.last = cancel
	p.mu.Unlock()
	p.doing.Go(func() {
		defer cancel()
		p.turn.Lock()
		defer p.turn.Unlock()
		if ctx.Err() == nil {
			what(ctx)
		}
	})
}

// Go goes to a step, from nothing: its servers are new, and the steps before it are done again. Where the class has
// just seen the step before, it goes on from there. An error says that there is no such step.
func (p *Player) Go(scene string, step int) error {
	s, ok := lesson.Named(scene)
	if !ok || step < 0 || step >= len(s.Steps) {
		return fmt.Errorf("the lesson has no step %d of a scene %q", step+1, scene)
	}
	p.change(func(st *State) {
		*st = State{Version: st.Version, Plan: st.Plan, Scene: s, Step: step, Phase: Building}
		p.voters = nil
	})
	p.instead(func(ctx context.Context) {
		err := p.build(ctx, s, step)
		if ctx.Err() != nil {
			return // another Go is next
		}
		p.change(func(st *State) {
			if st.Phase = Ready; err != nil {
				st.Phase, st.Failures = Failed, lesson.Reasons(err)
			}
			if what, ok := errors.AsType[lack](err); ok {
				st.Phase, st.Failures = Lacking, []message.Message{what.said}
			}
		})
	})
	return nil
}

// Plan chooses which scenes come one after the other: those of the plan for these minutes, or all where they are 0. The
// lesson stays where it is.
func (p *Player) Plan(minutes int) error {
	plan, ok := lesson.PlanOf(minutes)
	if !ok {
		return fmt.Errorf("the lesson has no plan of %d minutes", minutes)
	}
	p.change(func(st *State) { st.Plan = plan })
	return nil
}

// lack is what a scene needs and this machine does not have.
type lack struct{ said message.Message }

// Error implements error.
func (l lack) Error() string { return l.said.String() }

// lacks is a lack; nil where there is none.
func (p *Player) lacks(ctx context.Context, s lesson.Scene) error {
	for _, c := range s.Columns {
		if what := p.stand.Lacks(ctx, c.Setting); !what.IsZero() {
			return lack{what}
		}
	}
	return nil
}

// build gets the world to where a step begins.
func (p *Player) build(ctx context.Context, s lesson.Scene, step int) error {
	if p.world == nil || p.world.Scene.Name != s.Name || !p.world.At(step) {
		p.abandon()
		if err := p.lacks(ctx, s); err != nil {
			return err
		}
		world, err := lesson.Open(ctx, p.stand, s, p.courier)
		if err != nil {
			return err
		}
		world.Waits = func(until time.Time) {
			p.change(func(st *State) {
				if until.After(st.Until) {
					st.Until = until
				}
			})
		}
		p.world = world
		state, _ := p.State()
		p.stand.Keep(spares(state.Plan.From(s.Name))...)
	}
	return p.world.Reach(ctx, step)
}

// spares are the settings that are likely to be needed next: those of the first of these scenes, and of the one that
// follows it.
func spares(scenes []lesson.Scene) (all []stand.Setting) {
	for _, s := range scenes[:min(2, len(scenes))] {
		for _, c := range s.Columns {
			all = append(all, c.Setting)
		}
	}
	return all
}

func (p *Player) abandon() {
	if p.world != nil {
		p.world.Close()
		p.world = nil
	}
}

// ErrNotNow says that the lesson is not where that can be done.
var ErrNotNow = errors.New("the lesson is not there: wait until the step is ready")

// Bet places the class's bet on a choice. It may be changed until the step runs.
func (p *Player) Bet(choice string) error {
	state, _ := p.State()
	known := false
	for _, c := range state.Scene.Steps[state.Step].Bet {
		known = known || c.Name == choice
	}
	if !known || state.Phase != Ready {
		return ErrNotNow
	}
	p.change(func(st *State) {
		if st.Phase == Ready {
			st.Bet = choice
		}
	})
	return nil
}

// Run runs the step. A step that has run already is not run again: Go there first.
func (p *Player) Run() error {
	started := false
	p.change(func(st *State) {
		if st.Phase == Ready {
			st.Phase, started = Running, true
		}
	})
	if !started {
		return ErrNotNow
	}
	p.instead(p.run)
	return nil
}

func (p *Player) run(ctx context.Context) {
	found, err := p.world.Step(ctx, func(side lesson.Side, e *lesson.Evidence) {
		so := e.Clone()
		p.change(func(st *State) { st.Evidence[side] = so })
	})
	if ctx.Err() != nil {
		return // Go is next
	}
	p.change(func(st *State) {
		for _, side := range lesson.Sides {
			st.Evidence[side] = found[side]
		}
		if st.Phase = Shown; err != nil {
			st.Phase, st.Failures = Failed, lesson.Reasons(err)
			return
		}
		st.Won = lesson.Won(st.Scene.Steps[st.Step].Bet, found[lesson.Left], found[lesson.Right])
	})
}

// Close ends the lesson, and gives its servers back.
func (p *Player) Close() {
	p.stop()
	p.doing.Wait()
	p.abandon()
}
