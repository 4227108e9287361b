package run

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Progress shows what a run is doing: a bar on a terminal, plain lines otherwise. It draws only between slices, because
// drawing takes CPU from what is measured.
type Progress struct {
	out   io.Writer
	total time.Duration // predicted
	began time.Time
	stage plan.Stage
	told  time.Time // when something was last drawn or printed

	bars   *mpb.Progress // nil when out is not a terminal
	bar    *mpb.Bar
	redraw chan any
	before atomic.Pointer[string] // the text left of the bar; the bar has its own goroutine
	after  atomic.Pointer[string] // the text right of it
	below  atomic.Pointer[string] // the table under it, in lines

	rough *rough // nil where there is none to show
	shown bool   // rough was printed
}

// The least time between two drawings, and between two plain lines of one stage.
const (
	redrawEvery = 250 * time.Millisecond
	lineEvery   = 10 * time.Second
)

// NewProgress writes to out the progress of a run that is predicted to take total.
func NewProgress(out io.Writer, total time.Duration) *Progress {
	p := &Progress{out: out, total: total, began: time.Now()}
	empty := ""
	p.before.Store(&empty)
	p.after.Store(&empty)
	p.below.Store(&empty)
	if f := terminal(out); f != nil && isatty.IsTerminal(f.Fd()) {
		p.redraw = make(chan any)
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithManualRefresh(p.redraw), mpb.WithWidth(30))
		show := func(s *atomic.Pointer[string]) decor.Decorator {
			return decor.Any(func(decor.Statistics) string { return *s.Load() })
		}
		p.bar = p.bars.AddBar(int64(total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(show(&p.before)), mpb.AppendDecorators(show(&p.after)),
			mpb.BarExtender(mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
				_, err := io.WriteString(w, *p.below.Load())
				return err
			}), false))
	}
	return p
}

// Begin says that a stage begins.
func (p *Progress) Begin(s plan.Stage) {
	p.stage = s
	p.Say(fmt.Sprintf("%s: %s, about %s", s.Name, s.Detail, message.Brief(s.Time)))
}

// Doing says what happens between slices.
func (p *Progress) Doing(what string) {
	switch {
	case p.bars != nil:
		p.draw(what)
	case time.Since(p.told) > lineEvery:
		p.Say(p.left() + "  " + what)
	}
}

// slice says that a slice was measured.
func (p *Progress) slice(row record.Slice) {
	if p.rough != nil {
		p.rough.add(row)
		p.table()
	}
	p.Doing(describe(row))
}

// table shows what was measured so far: under the bar, refined in place, or once where lines stay.
func (p *Progress) table() {
	switch {
	case p.bars != nil:
		if time.Since(p.told) >= redrawEvery {
			below := strings.Join(append(p.rough.lines(), ""), "\n")
			p.below.Store(&below)
		}
	case !p.shown && p.rough.due():
		p.shown = true
		for _, line := range p.rough.lines() {
			p.Say(line)
		}
	}
}

// describe returns the result of a slice in a few words.
func describe(row record.Slice) string {
	what := fmt.Sprintf("round %d, %s", row.Round+1, row.Scheme)
	if row.Replicas > 1 {
		what += fmt.Sprintf(" × %d", row.Replicas)
	}
	if row.Tier != "" {
		what += ", " + row.Tier
	}
	return fmt.Sprintf("%s: %.0f good answers/s", what, float64(row.Verdicts[record.OK])/row.Window.Seconds())
}

// left returns the stage, the elapsed time, and the time that remains by the prediction.
func (p *Progress) left() string {
	elapsed := time.Since(p.began)
	rest := "longer than predicted"
	if elapsed < p.total {
		rest = message.Brief(p.total-elapsed) + " to go"
	}
	return fmt.Sprintf("%-8s %6s, %s", p.stage.Name, message.Brief(elapsed), rest)
}

// Say prints a line that stays.
func (p *Progress) Say(line string) {
	line = message.Visible(line)
	p.told = time.Now()
	if p.bars != nil {
		fmt.Fprintln(p.bars, line)
		return
	}
	fmt.Fprintln(p.out, line)
}

func (p *Progress) draw(after string) {
	if time.Since(p.told) < redrawEvery {
		return
	}
	p.told = time.Now()
	before := p.left() + " "
	p.before.Store(&before)
	after = " " + message.Visible(after)
	p.after.Store(&after)
	p.bar.SetCurrent(min(int64(time.Since(p.began)), int64(p.total)-1))
	p.redraw <- time.Now()
}

// Stop removes the bar; the report follows.
func (p *Progress) Stop() {
	if p.bars != nil {
		p.bar.Abort(true)
		p.bars.Shutdown()
	}
}

// terminal returns the file behind w, or nil if w does not write to a file.
func terminal(w io.Writer) *os.File {
	for {
		switch inner := w.(type) {
		case *os.File:
			return inner
		case interface{ Unwrap() io.Writer }:
			w = inner.Unwrap()
		default:
			return nil
		}
	}
}
