package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"authlab/loadtest/demo"
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// demoOptions are the demo command's flags.
type demoOptions struct {
	plain    bool
	from     string
	plan     int
	lang     *message.Language // with --plain; a page has its own choice
	listen   string
	audience string
	record   string
	recorded bool
	lock     string
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the lesson: sessions and tokens side by side, on servers that are started for it",
		Long: `Show the lesson: sessions and tokens side by side, on servers that are started for it.
It starts a session cluster and a token cluster on loopback, and ends them with it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			prepare(platforms[0]) // without budgets there is a lesson too, but no race
			return runDemo(cmd.Context(), o, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.lang = langFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.plain, "plain", false, "play it in this terminal; a bet is a number and Enter")
	f.StringVar(&o.from, "scene", "",
		"with --plain, play one scene, such as logout, or logout/2 from its second step: "+strings.Join(sceneNames(), ", "))
	f.IntVar(&o.plan, "plan", 0, "show the scenes of a lesson that takes these minutes, "+planMinutes()+"; 0: all scenes")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0",
		"loopback address of the page; port 0 picks a free one and prints it")
	f.StringVar(&o.audience, "audience", "",
		"address of this machine on the class's network, such as 192.168.1.20:8090, at which the class follows and votes; "+
			"it can do no more")
	f.StringVar(&o.record, "record", "",
		"play all scenes without showing them, and write a page into this folder that shows them without servers")
	f.BoolVar(&o.recorded, "recorded", false,
		"show the recorded run of results/demo, as is done where the servers cannot be started")
	f.StringVar(&o.lock, "lock", "", "")
	f.Lookup("lock").Hidden = true // for tests, which run beside others
	return cmd
}

func sceneNames() (names []string) {
	for _, s := range lesson.Scenes {
		names = append(names, s.Name)
	}
	return names
}

// planMinutes are the plans' lengths, for people.
func planMinutes() string {
	var all []string
	for _, p := range lesson.Plans {
		all = append(all, strconv.Itoa(p.Minutes))
	}
	return strings.Join(all, " or ")
}

// runDemo opens the stand, and shows the lesson until it or ctx ends.
func runDemo(ctx context.Context, o demoOptions, stdin io.Reader, stdout, stderr io.Writer) error {
	scene, step, err := o.begin()
	if err != nil {
		return asked(err)
	}
	plan, err := o.planned()
	if err != nil {
		return asked(err)
	}
	at, err := o.address()
	if err != nil {
		return asked(err)
	}
	class, err := o.class()
	if err != nil {
		return asked(err)
	}
	program, err := os.Executable()
	if err != nil {
		return failure{wentWrong, fmt.Errorf("cannot tell where this program is: %w", err)}
	}
	root := filepath.Dir(filepath.Dir(program))
	if o.recorded {
		return playRecorded(ctx, root, plan, at, stdout)
	}
	s, err := stand.Open(ctx, stand.Config{
		Platform: platforms[0], BinDir: filepath.Dir(program), TempDir: os.Getenv("TMPDIR"), Lock: o.lock,
	})
	if err != nil {
		if !o.plain && o.record == "" && isRecorded(root) {
			fmt.Fprintf(stderr, "authlab: %v\nauthlab: this is a recorded run instead\n", err)
			return playRecorded(ctx, root, plan, at, stdout)
		}
		return failure{wentWrong, err}
	}
	defer s.Close()
	if o.record != "" {
		r := demo.Recorder{Stand: s, Courier: lesson.NewBrowser(), Root: root, Out: stderr}
		if err := r.Record(ctx, o.record); err != nil {
			return failure{wentWrong, err}
		}
		return nil
	}
	if !o.plain {
		return serveLesson(ctx, demo.Page{Stand: s, Root: root, Plan: plan, Out: stdout}, at, class)
	}
	plain := demo.Plain{
		Stand: s, Courier: lesson.NewBrowser(), Language: *o.lang, Plan: plan, From: scene, Step: step, In: stdin,
		Out: stdout, Root: root,
	}
	if err := plain.Play(ctx); err != nil {
		if ctx.Err() != nil {
			return failure{interrupted, errors.New("the lesson was interrupted; its servers are gone")}
		}
		return failure{wentWrong, err}
	}
	return nil
}

// planned reads which scenes are to be shown.
func (o demoOptions) planned() (lesson.Plan, error) {
	plan, ok := lesson.PlanOf(o.plan)
	switch {
	case !ok:
		return plan, fmt.Errorf("--plan %d: the plans are of %s minutes", o.plan, planMinutes())
	case o.plan > 0 && o.from != "":
		return plan, errors.New("--scene plays one scene: leave out --plan")
	case o.plan > 0 && o.record != "":
		return plan, errors.New("--record plays all scenes: leave out --plan")
	}
	return plan, nil
}

// address reads where the page is to be.
func (o demoOptions) address() (*net.TCPAddr, error) {
	at, err := net.ResolveTCPAddr("tcp", o.listen)
	if err != nil || !at.IP.IsLoopback() {
		return nil, fmt.Errorf("--listen %s: the page steers servers with public passwords, so give a loopback address, "+
			"such as 127.0.0.1:8099", o.listen)
	}
	return at, nil
}

// class reads where the audience's page is to be; nil where there is none.
func (o demoOptions) class() (*net.TCPAddr, error) {
	if o.audience == "" {
		return nil, nil
	}
	if o.plain {
		return nil, errors.New("--audience needs the page: leave out --plain")
	}
	at, err := net.ResolveTCPAddr("tcp", o.audience)
	if err != nil {
		return nil, fmt.Errorf("--audience %s: give an address of this machine with a port, such as 192.168.1.20:8090",
			o.audience)
	}
	return at, nil
}

// serveLesson shows the lesson in browsers, and to an audience where class is not nil.
func serveLesson(ctx context.Context, page demo.Page, at, class *net.TCPAddr) (err error) {
	if page.Listener, err = net.ListenTCP("tcp", at); err != nil {
		return asked(fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", at, err))
	}
	if class != nil {
		listener, err := net.ListenTCP("tcp", class)
		if err != nil {
			page.Listener.Close()
			return asked(fmt.Errorf("cannot listen on %s: %w; choose another address with --audience", class, err))
		}
		page.Audience, page.AudienceHost = listener, reached(listener.Addr().(*net.TCPAddr))
	}
	page.Courier = lesson.NewBrowser()
	if err := page.Serve(ctx); err != nil {
		return failure{wentWrong, err}
	}
	return nil
}

// reached is how other machines reach an address: of a listener on all addresses, the first one that a network knows.
func reached(at *net.TCPAddr) string {
	host := *at
	if found, err := net.InterfaceAddrs(); err == nil && at.IP.IsUnspecified() {
		for _, a := range found {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
				host.IP = n.IP
				break
			}
		}
	}
	return host.String()
}

// isRecorded reports whether the repository at root has a recorded run.
func isRecorded(root string) bool {
	_, err := os.Stat(filepath.Join(root, "results", "demo", "index.html"))
	return err == nil
}

// playRecorded shows the recorded run in browsers until ctx ends.
func playRecorded(ctx context.Context, root string, plan lesson.Plan, at *net.TCPAddr, stdout io.Writer) error {
	if !isRecorded(root) {
		return failure{wentWrong, fmt.Errorf("there is no recorded run in %s: make one by authlab demo --record results/demo",
			filepath.Join(root, "results", "demo"))}
	}
	listener, err := net.ListenTCP("tcp", at)
	if err != nil {
		return asked(fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", at, err))
	}
	if err := demo.Recorded(ctx, root, plan, listener, stdout); err != nil {
		return failure{wentWrong, err}
	}
	return nil
}

// begin reads where the lesson begins.
func (o demoOptions) begin() (scene string, step int, err error) {
	name, number, numbered := strings.Cut(o.from, "/")
	s, ok := lesson.Named(name)
	if o.from == "" {
		return "", 0, nil
	}
	if !ok {
		return "", 0, fmt.Errorf("--scene %q: the scenes are %s", name, strings.Join(sceneNames(), ", "))
	}
	if !numbered {
		return name, 0, nil
	}
	if step, err = strconv.Atoi(number); err != nil || step < 1 || step > len(s.Steps) {
		return "", 0, fmt.Errorf("--scene %s: the scene has the steps 1 to %d", o.from, len(s.Steps))
	}
	return name, step - 1, nil
}
