package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/message"
	"authlab/loadtest/wire"
)

func serveCommand() *cobra.Command {
	var listen, results string
	var healthcheck bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show the reports in a folder of results to browsers",
		Long: `Show the reports in a folder of results to browsers, until Ctrl-C.
Every client that reaches the address can read everything in the folder, and no client can change it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if healthcheck {
				return healthy(cmd.Context(), listen, cmd.OutOrStdout())
			}
			return serve(cmd.Context(), listen, results, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8090",
		"address to listen on; port 0 picks a free one and prints it")
	cmd.Flags().StringVar(&results, "results", "results", "folder of results")
	cmd.Flags().BoolVar(&healthcheck, "healthcheck", false,
		"do not serve; ask the server at --listen whether it is ready, and exit with 0 if so")
	return cmd
}

// serve shows a folder until ctx ends. It prints one line, "listening http://ADDRESS", once it answers.
func serve(ctx context.Context, listen, results string, stdout, stderr io.Writer) error {
	root, err := os.OpenRoot(results) // so that no link in it leads outside
	if err != nil {
		return asked(fmt.Errorf("cannot read results: %w; name their folder with --results", err))
	}
	defer root.Close()
	files := &shelf{root: root.FS(), log: log.New(stderr, "authlab: ", 0)}
	if runs, err := os.OpenRoot(filepath.Join(results, linked)); err == nil { // it may be a link to a larger disk
		defer runs.Close()
		files.runs = runs.FS()
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return asked(fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", listen, err))
	}
	server := &http.Server{
		Handler: pages(files), ErrorLog: files.log, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintf(stdout, "listening http://%s\n", listener.Addr()); err != nil {
		return server.Close() // the command reports that the line could not be written
	}
	select {
	case err := <-served:
		return failure{wentWrong, err}
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // for answers that are still being sent
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	return nil
}

// healthy asks, on this machine, whether a server shows a folder, so that an image with only this program can check
// itself.
func healthy(ctx context.Context, listen string, stdout io.Writer) error {
	at, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil || at.Port == 0 {
		return asked(fmt.Errorf("--healthcheck needs the server's address in --listen, such as 127.0.0.1:8090, not %q",
			listen))
	}
	if at.IP == nil || at.IP.IsUnspecified() {
		at.IP = net.IPv4(127, 0, 0, 1)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := wire.Client(nil).Do(request)
	if err != nil {
		return failure{wentWrong, fmt.Errorf("not ready: %s does not answer", at)}
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return failure{wentWrong, fmt.Errorf("not ready: %s answers %s", at, answer.Status)}
	}
	fmt.Fprintf(stdout, "ready: %s answers\n", at)
	return nil
}

// linked is the one folder of results that may be a link to the outside: the user who made it chose where to keep runs.
const linked = "runs"

// shelf is a folder of results. A link in it that leads outside is forbidden, which is not an error of the server; the
// log names the link.
type shelf struct {
	root, runs fs.FS // runs is nil where there are none yet
	log        *log.Logger
}

func (s *shelf) Open(name string) (fs.File, error) {
	from, rest := s.root, name
	if inside, ok := strings.CutPrefix(name+"/", linked+"/"); ok && s.runs != nil {
		if from, rest = s.runs, strings.TrimSuffix(inside, "/"); rest == "" {
			rest = "."
		}
	}
	file, err := from.Open(rest)
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return file, err
	}
	s.log.Printf("%s is not shown: %s", message.Visible(name), message.Visible(err.Error()))
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// pages shows files, and reports at /readyz that it does, as the servers do.
func pages(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	show := http.FileServerFS(files)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		show.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ready\n") })
	return mux
}
