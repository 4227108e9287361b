package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/plan"
)

func incidentCommand() *cobra.Command {
	o := options{plan: "incidents"}
	cmd := &cobra.Command{
		Use:   "incident NAME...",
		Short: "Break the servers of all schemes under load, and see what their users notice",
		Long: `Break the servers of all schemes under load, and see what their users notice.
It runs the plan incidents with the named incidents only: ` + strings.Join(incident.Names(), ", ") + `.
bin/authlab bench --plan incidents runs all of them.`,
		Args: func(_ *cobra.Command, names []string) error {
			if len(names) == 0 {
				return errors.New("name an incident: " + strings.Join(incident.Names(), ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, names []string) error {
			o.args = os.Args
			p, err := onlyIncidents(o.plan, names)
			if err != nil {
				return asked(err)
			}
			where := platformNamed(o.platform)
			if where == nil {
				return asked(errors.New("there is no platform " + o.platform))
			}
			prepare(where)
			return measured(cmd.Context(), p, o, cmd.OutOrStdout(), nil)
		},
	}
	o.lang = langFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&o.results, "results", "results", "folder of results; the run gets runs/ID in it")
	f.StringVar(&o.platform, "platform", platforms[0].Name(),
		"where the servers run: "+eachPlatform(platform.Platform.About, ", or "))
	return cmd
}

// onlyIncidents is a plan with incidents, of which only those names are left.
func onlyIncidents(name string, names []string) (*plan.Plan, error) {
	p, err := plan.Load(name, all.Parts()...)
	if err != nil {
		return nil, err
	}
	part, _ := plan.PartOf[*incident.Part](p)
	part.Faults = names
	return p, part.Check(p)
}
