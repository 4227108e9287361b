package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

func planCommand() *cobra.Command {
	var results string
	cmd := &cobra.Command{
		Use:   "plan [NAME or FILE.yaml]...",
		Short: "List the plans: what each asks, what it does, and how long it will take here",
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 {
				names = plan.Names()
			}
			costs := plan.ReadCosts(costsFile(results))
			for _, name := range names {
				p, err := plan.Load(name)
				if err != nil {
					return asked(err)
				}
				explain(cmd.OutOrStdout(), p, costs)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&results, "results", "results", "folder of results; the last run's costs there make the prediction better")
	return cmd
}

func explain(w io.Writer, p *plan.Plan, costs plan.Costs) {
	limit := "takes as long as it needs"
	if p.Limit > 0 {
		limit = "at most " + brief(p.Limit) + " on two idle cores"
	}
	fmt.Fprintf(w, "%s: about %s (%s)\n  %s\n  %d users signed in; rows: %s\n", wire.Visible(p.Name), brief(p.Duration(costs)), limit, wire.Visible(p.Question),
		p.Users, cmp.Or(strings.Join(p.Schemes, ", "), "the one that --scheme names"))
	for _, s := range p.Predict(costs) {
		fmt.Fprintf(w, "  %-8s %7s  %s\n", s.Name, brief(s.Time), s.Detail)
	}
	fmt.Fprintln(w)
}

// costsFile is where a run leaves its costs for the next prediction.
func costsFile(results string) string { return filepath.Join(results, "runs", "costs.json") }

// brief prints a duration as people say it: 45s, 1m30s, 2h05m.
func brief(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}
