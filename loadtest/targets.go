package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/vegeta"
)

func targetsCommand() *cobra.Command {
	o := targetOptions{maxConnections: signInConnections}
	var out string
	var logins int
	cmd := &cobra.Command{
		Use:   "targets --target URL --scheme SCHEME --users FILE --out FILE",
		Short: "Sign users in at a running server, and write targets for vegeta attack",
		Long: `Sign users in at a running server, and write Vegeta targets: GET /v1/me, with the credentials of each login.
The file is as secret as the credentials, so only its owner may read it. It is made for attacks by hand; bench --target
measures with the answers checked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeTargets(cmd.Context(), &o, logins, out, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	o.whoFlags(f)
	f.StringVar(&out, "out", "", "file to write, which must not exist")
	f.IntVar(&logins, "logins", 0, "number of logins, of all users in turn; the default is one for each user")
	return cmd
}

const (
	signInConnections = 4   // hashed passwords are costly to check
	namedLogins       = 100 // of a server that takes any name, unless --logins says otherwise
)

// writeTargets signs users in and writes a target for each login.
func writeTargets(ctx context.Context, o *targetOptions, logins int, out string, stdout io.Writer) error {
	c, err := o.signIn(logins, out)
	if err != nil {
		return asked(err)
	}
	if _, err := os.Lstat(out); err == nil { // before anybody signs in
		return asked(taken(out))
	}
	at, err := cluster.OpenTarget(ctx, cluster.TargetConfig{URL: o.url, Owned: o.owned})
	if _, wrong := errors.AsType[cluster.Misuse](err); wrong {
		return asked(err)
	}
	if err != nil {
		return explainEnd(err, "no user was signed in")
	}
	c.Base, c.Pins = at.URL(), at.Pins()
	credentials, err := credential.SignIn(ctx, c)
	if err != nil {
		return explainEnd(err, "no targets were written")
	}
	if err := keepTargets(out, c.Base+"/v1/me", credentials); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return asked(taken(out))
		}
		return failure{wentWrong, fmt.Errorf("cannot write the targets: %w", err)}
	}
	fmt.Fprintf(stdout, `%d logins of %s are in %s. Anyone who reads it can act as these users: remove it after use.
  vegeta attack -format=json -targets=%[3]s -redirects=-1 -rate=100/s -duration=10s | vegeta report
`, len(credentials), c.Scheme.Name, message.Visible(out))
	return nil
}

// signIn says who signs in. Where is added when the target is found.
func (o *targetOptions) signIn(logins int, out string) (c credential.Config, err error) {
	switch {
	case o.url == "":
		return c, errors.New("say with --target where the servers are: http://host:port")
	case out == "":
		return c, errors.New("say with --out which file to write, such as targets.json")
	case logins < 0 || logins > plan.MostUsers:
		return c, fmt.Errorf("--logins must be between 1 and %d, not %d", plan.MostUsers, logins)
	}
	if err := o.check(); err != nil {
		return c, err
	}
	if c.Scheme, err = plan.SchemeNamed(o.scheme); err != nil {
		return c, err
	}
	if c.As, c.Key, err = o.people(c.Scheme); err != nil {
		return c, err
	}
	c.Users, c.Parallel, c.Rate = logins, signInConnections, o.maxRate
	switch {
	case logins > 0 && c.Key != nil && logins > o.loadUsers:
		return c, fmt.Errorf("--logins is %d, and the servers have %d load users: ask for at most that many",
			logins, o.loadUsers)
	case logins > 0:
	case c.Key != nil:
		c.Users = o.loadUsers
	case len(c.As) > 0:
		c.Users = len(c.As)
	default:
		c.Users = namedLogins
	}
	return c, nil
}

func taken(out string) error {
	return fmt.Errorf("%s exists: name another file with --out, or remove it", message.Visible(out))
}

// keepTargets writes the targets into a new file that only its owner may read. What was not written whole is removed.
func keepTargets(out, url string, credentials []credential.Credential) error {
	file, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(vegeta.Targets(file, url, credentials), file.Close()); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	return nil
}
