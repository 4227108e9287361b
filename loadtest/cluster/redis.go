package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/poll"
)

// portTries is how often the lab tries again when another process takes a port that was free a moment ago.
const portTries = 5

// startRedis starts a private Redis or Valkey. It cannot listen on port 0, so the lab chooses a free port. Once the
// store answers there, its process id tells whether it is the lab's.
func (c *Cluster) startRedis(ctx context.Context) error {
	var err error
	for range portTries {
		if err = c.tryRedis(ctx); err == nil || ctx.Err() != nil || !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

var errPortTaken = errors.New("another process took its port")

func (c *Cluster) tryRedis(ctx context.Context) error {
	addr, err := c.lab.reserve(6379)
	if err != nil {
		return err
	}
	password := secretWord()
	p, err := c.spawnRedis("store", addr, password)
	if err != nil {
		return err
	}
	addr = p.reachedAt(addr)
	p.addrs = []string{addr}
	err = p.greet(ctx, redisAt{addr: addr, password: password})
	switch {
	case err != nil:
		return p.explain(err)
	case p.ended():
		p.leave()
		if strings.Contains(tail(p.log), "ddress already in use") {
			return p.explain(errPortTaken)
		}
		return p.explain(errors.New("it ended before it served"))
	}
	return c.useOwnStore(p, password)
}

// spawnRedis starts a Redis of that name that is to listen at an address. It may not serve yet.
func (c *Cluster) spawnRedis(name, addr, password string) (*Process, error) {
	launch, err := c.redis(name, addr, password)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, f := range launch.Files {
			f.Close()
		}
	}()
	return c.spawn(name, Store, launch)
}

// redis says how to start a private Redis of that name, with a configuration of its own.
func (c *Cluster) redis(name, addr, password string) (platform.Launch, error) {
	bind, port, _ := net.SplitHostPort(addr)
	config, err := c.lab.home.Secret(c.label+"-"+name+".conf", strings.Join([]string{
		"bind " + bind, "port " + port, "requirepass " + password, "daemonize no", "databases 1",
		`save ""`, "appendonly no", // sessions live in memory: otherwise the disk would be measured too
		"dir " + redisWord(c.lab.home.Path()), "dbfilename " + redisWord(c.dump(name)), "",
	}, "\n"))
	if err != nil {
		return platform.Launch{}, err
	}
	launch := platform.Launch{Program: c.lab.parts.storeProgram, Args: []string{config}}
	if c.lab.Children() { // handed down, because Redis reads a path as a pattern
		file, err := os.Open(config)
		if err != nil {
			return platform.Launch{}, err
		}
		launch.Args, launch.Files = []string{"/proc/self/fd/3"}, []*os.File{file}
	}
	return launch, nil
}

// greet waits until a private Redis answers, or has ended. Where its process id is known, the answer must carry it.
func (p *Process) greet(ctx context.Context, at redisAt) error {
	return poll.Until(ctx, func() error {
		if p.ended() {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, greeting)
		defer cancel()
		info, err := at.info(ctx, "server")
		if err != nil {
			return err
		}
		if own, numbered := p.instance.(platform.Numbered); numbered && info["process_id"] != strconv.Itoa(own.PID()) {
			return errPortTaken
		}
		return nil
	})
}

// startStored starts the embedded store.
func (c *Cluster) startStored(ctx context.Context) error {
	password := secretWord()
	file, err := c.lab.home.Secret(c.label+"-store.password", password+"\n")
	if err != nil {
		return err
	}
	p, err := c.spawn("store", Store, platform.Launch{
		Program: c.lab.parts.storeProgram, Args: []string{"--listen=" + c.lab.anyPort(), "--password-file=" + file},
	})
	if err != nil {
		return err
	}
	if err := p.announced(ctx, 1); err != nil {
		return err
	}
	p.addrs[0] = strings.TrimPrefix(p.addrs[0], "redis://")
	if err := poll.Until(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, greeting)
		defer cancel()
		return redisAt{addr: p.addrs[0], password: password}.ping(ctx)
	}); err != nil {
		return p.explain(err)
	}
	return c.useOwnStore(p, password)
}

// redisWord quotes text as one word of Redis' configuration, whatever the text contains.
func redisWord(text string) string {
	word := []byte{'"'}
	for _, b := range []byte(text) {
		if b == '/' || b == '.' || b == '-' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' {
			word = append(word, b)
		} else {
			word = fmt.Appendf(word, `\x%02x`, b)
		}
	}
	return string(append(word, '"'))
}

func (c *Cluster) useOwnStore(p *Process, password string) error {
	p.password = password
	addr, err := c.apart(p.Addr())
	c.store, c.storeURL, c.password = p, "redis://"+addr, password
	return err
}

func secretWord() string {
	var b [24]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// info asks a store for a section of its INFO.
func (s redisAt) info(ctx context.Context, section string) (map[string]string, error) {
	text, err := s.ask(ctx, "INFO", section)
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[key] = value
		}
	}
	return info, err
}

// ping checks whether a store answers.
func (s redisAt) ping(ctx context.Context) error {
	_, err := s.ask(ctx, "PING")
	return err
}

// How long a store may take to answer. During its start, another process that never answers may listen there. Later,
// the store may be throttled on a machine that is busy with other work.
const (
	greeting = time.Second
	patience = 10 * time.Second
)

// ask sends one command on a connection of its own.
func (s redisAt) ask(ctx context.Context, command ...string) (answer string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // the connection was closed because of it
		}
	}()
	conn, err := s.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	return redisCall(conn, bufio.NewReader(conn), command...)
}

// dial opens a connection on which the store accepts commands.
func (s redisAt) dial(ctx context.Context) (net.Conn, error) {
	conn, err := s.pins.Dial(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	var who []string
	switch {
	case s.user != "":
		who = []string{"AUTH", s.user, s.password}
	case s.password != "":
		who = []string{"AUTH", s.password}
	default:
		return conn, nil
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := redisCall(conn, bufio.NewReader(conn), who...); err != nil { // nothing follows its answer unasked
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// redisCall sends one command and reads a status or a string.
func redisCall(out io.Writer, in *bufio.Reader, words ...string) (string, error) {
	var command strings.Builder
	fmt.Fprintf(&command, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(out, command.String()); err != nil {
		return "", err
	}
	text, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errors.New("it does not speak the Redis protocol")
	}
	if err != nil {
		return "", err
	}
	line := strings.TrimSpace(string(text))
	switch {
	case strings.HasPrefix(line, "+"):
		return line[1:], nil
	case strings.HasPrefix(line, "-"):
		return "", errors.New(line[1:])
	case strings.HasPrefix(line, "$"):
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 || n > 1<<20 {
			return "", errors.New("it does not speak the Redis protocol")
		}
		body := make([]byte, n+2)
		_, err = io.ReadFull(in, body)
		return string(body[:n]), err
	default:
		return "", errors.New("it does not speak the Redis protocol")
	}
}
