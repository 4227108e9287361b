package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
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
			costs := plan.ReadCosts(plan.CostsFile(results))
			for _, name := range names {
				p, err := plan.Load(name, all.Parts()...)
				if err != nil {
					return asked(err)
				}
				explain(cmd.OutOrStdout(), p, costs)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&results, "results", "results",
		"folder of results; the last run's costs there make the prediction better")
	return cmd
}

func explain(w io.Writer, p *plan.Plan, costs plan.Costs) {
	limit := "takes as long as it needs"
	if p.Limit > 0 {
		limit = "at most " + message.Brief(p.Limit) + " on two idle cores"
	}
	fmt.Fprintf(w, "%s: about %s (%s)\n  %s\n  %d users signed in; schemes: %s\n",
		message.Visible(p.Name), message.Brief(p.Duration(costs)), limit, message.Visible(p.Question),
		p.Users, cmp.Or(strings.Join(p.Schemes, ", "), "the one that --scheme names"))
	for _, s := range p.Predict(costs) {
		fmt.Fprintf(w, "  %-8s %7s  %s\n", s.Name, message.Brief(s.Time), s.Detail)
	}
	fmt.Fprintln(w)
}
