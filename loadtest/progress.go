package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// progress tells what a run is doing: a bar on a terminal, plain lines otherwise. It draws between slices only, because
// drawing takes CPU from what is measured.
type progress struct {
	out   io.Writer
	total time.Duration // predicted
	began time.Time
	stage plan.Stage
	told  time.Time // when something was last drawn or printed

	bars   *mpb.Progress // nil when out is not a terminal
	bar    *mpb.Bar
	redraw chan any
	before atomic.Pointer[string] // what stands before and after the bar, which is drawn by a goroutine of its own
	after  atomic.Pointer[string]
}

// Between two drawings, and between two plain lines of one stage.
const (
	redrawEvery = 250 * time.Millisecond
	lineEvery   = 10 * time.Second
)

func newProgress(out io.Writer, total time.Duration) *progress {
	p := &progress{out: out, total: total, began: time.Now()}
	empty := ""
	p.before.Store(&empty)
	p.after.Store(&empty)
	if f := file(out); f != nil && isatty.IsTerminal(f.Fd()) {
		p.redraw = make(chan any)
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithManualRefresh(p.redraw), mpb.WithWidth(30))
		show := func(s *atomic.Pointer[string]) decor.Decorator {
			return decor.Any(func(decor.Statistics) string { return *s.Load() })
		}
		p.bar = p.bars.AddBar(int64(total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(show(&p.before)), mpb.AppendDecorators(show(&p.after)))
	}
	return p
}

// begin says that a stage begins.
func (p *progress) begin(s plan.Stage) {
	p.stage = s
	p.say(fmt.Sprintf("%s: %s, about %s", s.Name, s.Detail, brief(s.Time)))
}

// doing says what happens between slices.
func (p *progress) doing(what string) {
	switch {
	case p.bars != nil:
		p.draw(what)
	case time.Since(p.told) > lineEvery:
		p.say(p.left() + "  " + what)
	}
}

// slice says that a slice was measured.
func (p *progress) slice(row load.Row) {
	p.doing(describe(row))
}

// describe is the last cell's result in a few words.
func describe(row load.Row) string {
	what := fmt.Sprintf("round %d, %s", row.Round+1, row.Arm)
	if row.Replicas > 1 {
		what += fmt.Sprintf(" × %d", row.Replicas)
	}
	if row.Tier != "" {
		what += ", " + row.Tier
	}
	return fmt.Sprintf("%s: %.0f good answers/s", what, float64(row.Verdicts[load.OK])/row.Window.Seconds())
}

// left is the stage, the time so far, and the time that the plan's prediction leaves.
func (p *progress) left() string {
	elapsed := time.Since(p.began)
	rest := "longer than predicted"
	if elapsed < p.total {
		rest = brief(p.total-elapsed) + " to go"
	}
	return fmt.Sprintf("%-8s %6s, %s", p.stage.Name, brief(elapsed), rest)
}

// say prints a line that stays.
func (p *progress) say(line string) {
	line = wire.Visible(line)
	p.told = time.Now()
	if p.bars != nil {
		fmt.Fprintln(p.bars, line)
		return
	}
	fmt.Fprintln(p.out, line)
}

func (p *progress) draw(after string) {
	if time.Since(p.told) < redrawEvery {
		return
	}
	p.told = time.Now()
	before := p.left() + " "
	p.before.Store(&before)
	after = " " + wire.Visible(after)
	p.after.Store(&after)
	p.bar.SetCurrent(min(int64(time.Since(p.began)), int64(p.total)-1))
	p.redraw <- time.Now()
}

// stop takes the bar away; the report follows.
func (p *progress) stop() {
	if p.bars != nil {
		p.bar.Abort(true)
		p.bars.Shutdown()
	}
}
