package play

import (
	"context"
	"sync"
	"time"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// Phase is what is happening in a column.
type Phase string

// The phases.
const (
	Off      Phase = "off"      // there are no servers
	Changing Phase = "changing" // they are being made as the setup says
	Steady   Phase = "steady"
	Failed   Phase = "failed" // they could not be made so
)

// Side is what viewers see of a column.
type Side struct {
	Phase    Phase             `json:"phase"`
	Failures []message.Message `json:"-"`        // why they could not be made so: see package show
	Done     int               `json:"done"`     // the number of the last order that was carried out, or could not be
	Replicas []string          `json:"replicas"` // the states of the processes, as the system tells them
	Points   []Point           `json:"points"`   // the last ones, in their order
}

// State is what all viewers see.
type State struct {
	Version int     `json:"version"` // grows with every change
	Setup   Setup   `json:"setup"`
	Orders  int     `json:"orders"` // how many were given; every setup, login and end is one
	Sides   [2]Side `json:"sides"`
	Now     float64 `json:"now"` // s since the playground began
}

// kept is how many points are kept: half a minute's.
const kept = 60

// linger is how long servers stay while no viewer is there, so that a reload finds them.
const linger = 10 * time.Second

// Playground is the playground of a demo. Its methods may be called from several goroutines.
type Playground struct {
	stand *stand.Stand
	began time.Time
	ctx   context.Context // ends with the playground
	stop  context.CancelFunc
	doing sync.WaitGroup

	mu      sync.Mutex
	state   State
	changed chan struct{} // closed with the next change
	on      bool          // servers are wanted
	logins  int           // how often the users were to log in again
	viewers int
	leaving *time.Timer // ends everything when the last viewer has gone; nil while there is one
	wake    [2]chan struct{}
}

// New returns a playground that is off. The caller closes it before the stand.
func New(ctx context.Context, s *stand.Stand) *Playground {
	p := &Playground{stand: s, began: time.Now(), changed: make(chan struct{})}
	p.ctx, p.stop = context.WithCancel(ctx)
	p.state.Setup = Beginning().tidy()
	for i := range p.state.Sides {
		p.state.Sides[i] = Side{Phase: Off, Replicas: []string{}, Points: []Point{}}
		p.wake[i] = make(chan struct{}, 1)
		p.doing.Go(func() { p.serve(i) })
	}
	return p
}

// State is the present state, and a channel that is closed when it has changed.
func (p *Playground) State() (State, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Now = time.Since(p.began).Seconds()
	return p.state, p.changed
}

// Offers are the schemes that a column can have on this machine.
func (p *Playground) Offers(ctx context.Context) (names []string) {
	for _, name := range Schemes {
		setting, err := settingOf(p.stand, name)
		if err == nil && p.stand.Lacks(ctx, setting).IsZero() {
			names = append(names, name)
		}
	}
	return names
}

// Small reports whether the playground's computers have CPU budgets.
func (p *Playground) Small() bool { return p.stand.Budgets() == "" }

// change changes the state and tells all viewers. What it replaces must be new: viewers read the old one.
func (p *Playground) change(what func(*State)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what(&p.state)
	p.state.Version++
	close(p.changed)
	p.changed = make(chan struct{})
}

// Set has both columns made as a setup says. The error says what is wrong with it.
func (p *Playground) Set(s Setup) error {
	if err := s.Check(); err != nil {
		return err
	}
	p.change(func(st *State) { st.Setup, p.on = s.tidy(), true; st.Orders++ })
	p.again()
	return nil
}

// Login has the users of both columns log in again.
func (p *Playground) Login() {
	p.change(func(st *State) { p.logins++; st.Orders++ })
	p.again()
}

// Stop ends the servers of both columns, and the load with them. Set starts them again.
func (p *Playground) Stop() {
	p.change(func(st *State) { p.on = false; st.Orders++ })
	p.again()
}

// again has the columns look at what is wanted.
func (p *Playground) again() {
	for _, w := range p.wake {
		select {
		case w <- struct{}{}:
		default: // they will
		}
	}
}

// Watch counts a viewer until leave is called. When the last one has gone for a while, the servers end.
func (p *Playground) Watch() (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.viewers++
	if p.leaving != nil {
		p.leaving.Stop()
		p.leaving = nil
	}
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.viewers--; p.viewers == 0 {
			p.leaving = time.AfterFunc(linger, p.Stop)
		}
	})
}

// serve makes one column as it is wanted, again and again.
func (p *Playground) serve(side int) {
	c := &column{side: side, stand: p.stand}
	c.gun = &gun{began: p.began, tell: func(point Point) { p.point(side, point) }}
	defer c.end()
	var firing sync.WaitGroup
	defer firing.Wait()
	firing.Go(func() { c.gun.fire(p.ctx) })
	logins := 0
	for {
		select {
		case <-p.wake[side]:
		case <-p.ctx.Done():
			return
		}
		p.mu.Lock()
		want, on, wanted, order := p.state.Setup, p.on, p.logins, p.state.Orders
		p.mu.Unlock()
		if !on {
			c.end()
			p.tell(side, c, Off, order, nil)
			continue
		}
		p.tell(side, c, Changing, 0, nil)
		err := c.become(p.ctx, want, wanted != logins)
		logins = wanted
		phase := Steady
		if err != nil {
			phase = Failed
		}
		p.tell(side, c, phase, order, err)
	}
}

// tell tells viewers how a column is, after an order; 0 while one is carried out.
func (p *Playground) tell(side int, c *column, phase Phase, order int, err error) {
	states := c.states()
	if states == nil {
		states = []string{}
	}
	p.change(func(st *State) {
		s := &st.Sides[side]
		s.Phase, s.Replicas, s.Failures = phase, states, lesson.Reasons(err)
		s.Done = max(s.Done, order)
		if phase == Off {
			s.Points = []Point{}
		}
	})
}

// point adds a point in its place: one that waited for late answers comes after later ones.
func (p *Playground) point(side int, point Point) {
	p.change(func(st *State) {
		all := append([]Point{}, st.Sides[side].Points...)
		at := len(all)
		for at > 0 && all[at-1].At > point.At {
			at--
		}
		all = append(all[:at], append([]Point{point}, all[at:]...)...)
		st.Sides[side].Points = all[max(0, len(all)-kept):]
	})
}

// Close ends the playground, and gives its servers back.
func (p *Playground) Close() {
	p.stop()
	p.mu.Lock()
	if p.leaving != nil {
		p.leaving.Stop()
	}
	p.mu.Unlock()
	p.doing.Wait()
}
