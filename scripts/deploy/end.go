package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// End has the test end with commands, whatever happened: where it failed, some say why, and then others remove all that
// was made. Nothing may be left with the label.
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
		var failed error
		for _, command := range remove {
			_, err := o.Execute(ctx, command...)
			failed = errors.Join(failed, err)
		}
		left, err := o.Left(ctx, label)
		if failed != nil && strings.Contains(failed.Error(), "has active endpoints") {
			left, failed = o.leftBesides(ctx, label)
		}
		if err := errors.Join(failed, err); err != nil || left != "" {
			o.T.Errorf("left in the end: %s%v", left, err)
		}
	})
}

// leftBesides is what is left besides networks that the engine itself cannot let go. Where containers come and go at
// once, version 20.10 sometimes keeps counting endpoints in a network that has no container any more, which
// only its restart ends. It then keeps the compose tools from removing the volumes, too.
func (o *Operator) leftBesides(ctx context.Context, label string) (left string, err error) {
	volumes, err := o.Execute(ctx, "docker", "volume", "ls", "--quiet", "--filter", "label="+label)
	for _, id := range strings.Fields(volumes) {
		_, failed := o.Execute(ctx, "docker", "volume", "rm", id)
		err = errors.Join(err, failed)
	}
	left, failed := o.Left(ctx, label)
	err = errors.Join(err, failed)
	networks, only := strings.CutPrefix(left, "docker network: ")
	if !only || err != nil {
		return left, err
	}
	for id := range strings.FieldsFuncSeq(networks, func(r rune) bool { return strings.ContainsRune(",; ", r) }) {
		containers, err := o.Execute(ctx, "docker", "network", "inspect", "--format", "{{len .Containers}}", id)
		if err != nil || containers != "0" {
			return left, err
		}
	}
	o.T.Logf("the engine cannot let go of networks in which there is no container; when it is restarted, remove %s",
		strings.TrimSuffix(networks, "; "))
	return "", nil
}

// Left is what the engine has under a label, by kind: nothing, before a test and after it.
func (o *Operator) Left(ctx context.Context, label string) (left string, err error) {
	for _, list := range [][]string{{"ps", "--all"}, {"volume", "ls"}, {"network", "ls"}} {
		ids, failed := o.Execute(ctx, slices.Concat([]string{"docker"}, list, []string{"--quiet", "--filter", "label=" +
			label})...)
		if ids != "" {
			left += fmt.Sprintf("docker %s: %s; ", list[0], strings.Join(strings.Fields(ids), ", "))
		}
		err = errors.Join(err, failed)
	}
	return left, err
}
