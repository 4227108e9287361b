package plan

import (
	"errors"
	"fmt"
	"time"

	"authlab/loadtest/message"
)

// Ladder describes the cells that climb from light load to saturation, on one unbudgeted replica alone on its core.
type Ladder struct {
	Slice       time.Duration `yaml:"slice"`
	Rounds      int           `yaml:"rounds"`
	Shares      []float64     `yaml:"shares"`      // of the saturating rate, rising; saturation itself is always added
	Connections int           `yaml:"connections"` // at saturation
}

func (l *Ladder) check() error {
	if l == nil {
		return nil
	}
	last := 0.0
	for _, share := range l.Shares {
		if !(share > last && share < 1) {
			return fmt.Errorf("ladder.shares must rise between 0 and 1, not %v", l.Shares)
		}
		last = share
	}
	if len(l.Shares) == 0 {
		return errors.New("ladder.shares is empty: name at least one, between 0 and 1")
	}
	if l.Slice < 100*time.Millisecond {
		return errors.New("ladder.slice must be at least 100ms: at a tenth of the load a shorter slice has too few requests")
	}
	return checkLoad("ladder", l.Slice, l.Rounds, l.Connections)
}

// stage predicts the ladder stage.
func (l *Ladder) stage(p *Plan, c Costs) Stage {
	schemes := p.DemandSchemes()
	steps := len(l.Shares) + 1
	return Stage{
		"ladder", fmt.Sprintf("%s × %d shares of the load × %s × %s",
			message.Count(len(schemes), "scheme"), steps, message.Count(l.Rounds, "round"), message.Lasting(l.Slice)),
		time.Duration(len(schemes))*c.Start + p.signIns(schemes, 1, c) +
			time.Duration(len(schemes)*steps*l.Rounds)*(l.Slice+c.Hop),
	}
}
