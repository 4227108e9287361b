package api

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"authlab/servers/api/connections"
)

// Serve answers on l until ctx ends. Its shutdown loses no request that net/http lets it keep:
//
//   - For the drain time it keeps serving. Meanwhile /readyz says 503, so that balancers stop sending, and every answer
//     says "Connection: close", so that clients leave.
//   - Then it accepts no more. A client that is still connected and has not had long to leave may send one more
//     request. HTTP/1.1 cannot tell an idle client that its connection is about to close, and a request sent at that
//     moment is lost. Config.Linger is how long clients have altogether.
//   - Then idle connections are closed, and requests in flight end within Config.Shutdown. Half of it is for clients
//     that send or read slowly: if they are all that remains by then, their connections are cut.
//
// The error says that the shutdown interrupted the server's own work.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	limited := connections.Limit(l, s.config.MaxConnections, s.config.Header/5)
	server := &http.Server{
		Handler: s.handler, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: s.config.Header, ReadTimeout: 2 * s.config.Header,
		WriteTimeout: writeTimeout, IdleTimeout: connections.Idle,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	limited.Watch(server)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(limited) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}

	s.log.Info("draining", "for", s.config.Drain.String())
	s.draining.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-time.After(s.config.Drain):
	}
	limited.Leave(s.config.Linger - s.config.Drain)
	cut, err := limited.Shutdown(server, s.config.Shutdown)
	if err != nil {
		return fmt.Errorf("%w %s after the shutdown began; give them more time with --shutdown-timeout", err,
			s.config.Shutdown)
	}
	s.log.Info("ended", "connections_cut", cut)
	return nil
}
