package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
)

func serveCommand() *cobra.Command {
	var listen, results string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show the reports in a folder of results to browsers",
		Long: `Show the reports in a folder of results to browsers, until Ctrl-C.

Whoever reaches the address reads everything in the folder; nobody can change it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), listen, results, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8090", "address to listen on; port 0 picks a free one and prints it")
	cmd.Flags().StringVar(&results, "results", "results", "folder of results")
	return cmd
}

// serve shows a folder until ctx ends. It prints one line, "listening http://ADDRESS", once it answers.
func serve(ctx context.Context, listen, results string, stdout io.Writer) error {
	root, err := os.OpenRoot(results) // so that no link in it leads outside
	if err != nil {
		return asked(fmt.Errorf("cannot read results: %w; name their folder with --results", err))
	}
	defer root.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return asked(fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", listen, err))
	}
	server := &http.Server{Handler: pages(root.FS()), ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "listening http://%s\n", listener.Addr())
	select {
	case err := <-served:
		return failure{wentWrong, err}
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // for what is being sent
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	return nil
}

// pages shows files, and says at /readyz that it does, where the servers say it too.
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
