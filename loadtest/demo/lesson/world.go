package lesson

import (
	"context"
	"errors"
	"sync"
	"time"

	"authlab/loadtest/demo/stand"
)

// World is a scene that is being played on real servers. It is not for several goroutines at once.
type World struct {
	Scene Scene
	// Waits, where it is set, is told until when time is to pass, by one goroutine for each side.
	Waits  func(until time.Time)
	stand  *stand.Stand
	places [2]*Place
	done   int // steps
	failed bool
}

// Open builds a scene's servers. The caller closes the world.
func Open(ctx context.Context, s *stand.Stand, scene Scene, courier Courier) (*World, error) {
	w := &World{Scene: scene, stand: s}
	var wg sync.WaitGroup
	var errs [2]error
	for _, side := range Sides {
		wg.Go(func() {
			c, err := s.Take(ctx, scene.Columns[side].Setting)
			if errs[side] = err; err == nil {
				w.places[side] = newPlace(s, scene.Columns[side].Setting, c, courier)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Close gives the servers back.
func (w *World) Close() {
	for _, p := range w.places {
		if p != nil {
			p.crowd.leave()
			w.stand.Give(p.cluster)
		}
	}
}

// Done is how many steps have been done: the next one has this index.
func (w *World) Done() int { return w.done }

// At reports whether the step with this index can be done now, or after the steps before it.
func (w *World) At(step int) bool { return !w.failed && w.done <= step }

// Reach does the steps before the one with this index, without waiting for what changes nothing.
func (w *World) Reach(ctx context.Context, step int) error {
	for w.done < step {
		if _, err := w.do(ctx, true, nil); err != nil {
			return err
		}
	}
	return nil
}

// Step does the next step. Told receives evidence while the step goes on, from one goroutine for each side. An error
// says what was not as the step expects, or that it could not be done; the evidence is what there is.
func (w *World) Step(ctx context.Context, told func(Side, *Evidence)) ([2]*Evidence, error) {
	return w.do(ctx, false, told)
}

func (w *World) do(ctx context.Context, replaying bool, told func(Side, *Evidence)) (found [2]*Evidence, err error) {
	step := w.Scene.Steps[w.done]
	var wg sync.WaitGroup
	var errs [2]error
	for _, side := range Sides {
		p := w.places[side]
		p.replaying, p.told, p.waits = replaying, nil, w.Waits
		if told != nil {
			p.told = func(e *Evidence) { told(side, e) }
		}
		wg.Go(func() {
			found[side], errs[side] = p.run(ctx, step.Acts[side])
			if errs[side] == nil && !replaying {
				errs[side] = w.expected(step, side, found[side])
			}
			if errs[side] != nil {
				errs[side] = beside{w.Scene.Name, step.Name, w.Scene.Columns[side], errs[side]}
			}
		})
	}
	wg.Wait()
	w.done++
	err = errors.Join(errs[:]...)
	w.failed = err != nil
	return found, err
}

// expected compares a column's evidence with what the step expects of it, up to the first thing that is otherwise: what
// comes after it is mostly its consequence.
func (w *World) expected(step Step, side Side, e *Evidence) error {
	for _, expect := range step.Expect[side] {
		if err := expect(w.places[side], e); err != nil {
			return err
		}
	}
	return nil
}
