package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// End has the test end with commands, whatever happened: where it failed, some say why, and then others remove all that was
// made. Nothing may be left with the label.
func (o *Operator) End(label string, why, remove [][]string) {
	o.T.Cleanup(func() { // o.Ctx may have ended: that may be why
		if o.T.Failed() {
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			for _, command := range why {
				said, err := o.Execute(ctx, command...)
				fmt.Fprintln(o.T.Output(), said, err)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		for _, command := range remove {
			if _, err := o.Execute(ctx, command...); err != nil {
				o.T.Error(err)
			}
		}
		if left, err := o.Left(ctx, label); err != nil || left != "" {
			o.T.Errorf("left in the end: %s%v", left, err)
		}
	})
}

// Left is what the engine has under a label, by kind: nothing, before a test and after it.
func (o *Operator) Left(ctx context.Context, label string) (left string, err error) {
	for _, list := range [][]string{{"ps", "--all"}, {"volume", "ls"}, {"network", "ls"}} {
		ids, failed := o.Execute(ctx, slices.Concat([]string{"docker"}, list, []string{"--quiet", "--filter", "label=" + label})...)
		if ids != "" {
			left += fmt.Sprintf("docker %s: %s; ", list[0], strings.Join(strings.Fields(ids), ", "))
		}
		err = errors.Join(err, failed)
	}
	return left, err
}
