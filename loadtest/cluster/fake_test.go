package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fake is a replica that does what a test asks: by flag at its start, by path afterwards.
type fake struct {
	replica     string
	connections atomic.Int64
	effects     atomic.Int64
	unready     atomic.Bool
	held        atomic.Int64
	release     chan struct{}
}

// fakeServer follows the servers' protocol: one line on stdout, X-Replica on every answer, a clean end after SIGTERM.
func fakeServer(args []string) int {
	flag := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag[name] = value
	}
	f := &fake{replica: flag["replica"], release: make(chan struct{})}
	switch _, index, _ := strings.Cut(f.replica, "-"); flag["fake"] {
	case "refuses":
		fmt.Fprintln(os.Stderr, "controld: the key is too short")
		return 2
	case "refuses-last":
		if index == "1" {
			fmt.Fprintln(os.Stderr, "controld: no room for two")
			return 1
		}
	case "stranger":
		f.replica = "0123456789abcdef-0"
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	}
	l, err := net.Listen("tcp", flag["listen"])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	slow, _ := time.ParseDuration(flag["slow-start"])
	ready := time.Now().Add(slow)
	s := &http.Server{
		Handler: f.routes(ready),
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				f.connections.Add(1)
			}
		},
	}
	fmt.Printf("listening http://%s\n", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if flag["fake"] == "stubborn" {
		ctx = context.Background()
	}
	context.AfterFunc(ctx, func() { s.Close() })
	s.Serve(l)
	return 0
}

// work keeps a core busy until this process has used that much more CPU, however long it has to wait for it.
func work(cpu time.Duration) {
	for end := used() + cpu; used() < end; {
	}
}

func used() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

func (f *fake) routes(ready time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"status": "ok", "replica": f.replica})
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if time.Now().Before(ready) || f.unready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /unready", func(http.ResponseWriter, *http.Request) { f.unready.Store(true) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("cacheable") {
			w.Header().Set("Cache-Control", "max-age=60")
		}
		r.Header.Set("Host", r.Host)
		r.Header.Set("Uri", r.RequestURI)
		json.NewEncoder(w).Encode(r.Header)
	})
	mux.HandleFunc("/environment", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"env": os.Environ(), "args": os.Args[1:]})
	})
	mux.HandleFunc("/count", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%d %d", f.connections.Load(), f.effects.Load())
	})
	mux.HandleFunc("POST /effect", func(_ http.ResponseWriter, r *http.Request) {
		if name := r.Header.Get("Record"); name != "" { // outlives the process
			file, _ := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			fmt.Fprintln(file, f.replica)
			file.Close()
		}
		f.effects.Add(1)
		if r.URL.Query().Has("die") {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	})
	mux.HandleFunc("/hold", func(_ http.ResponseWriter, r *http.Request) {
		f.held.Add(1)
		select {
		case <-f.release:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/held", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, f.held.Load()) })
	mux.HandleFunc("POST /release", func(http.ResponseWriter, *http.Request) { close(f.release) })
	mux.HandleFunc("/burn", func(w http.ResponseWriter, r *http.Request) {
		wall, _ := time.ParseDuration(r.URL.Query().Get("for"))
		for end := time.Now().Add(wall); time.Now().Before(end); {
		}
	})
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		cpu, _ := time.ParseDuration(r.URL.Query().Get("for"))
		work(cpu)
	})
	mux.HandleFunc("/exit", func(_ http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		fmt.Fprintln(os.Stderr, "panic: something went wrong in the middle")
		os.Exit(code)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Replica", f.replica)
		if strings.Contains(r.URL.Path, "metrics") { // in any spelling, so that the test sees what a balancer passes on
			fmt.Fprint(w, "figures")
			return
		}
		mux.ServeHTTP(w, r)
	})
}
