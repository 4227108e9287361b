package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"text/template"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// checkEvery is how far apart the balancers' own health checks are: rare enough to cost nothing beside the load. A
// replica that refuses connections leaves the rotation at the first refusal.
const checkEvery = "5s"

// purgeEvery is how often HAProxy closes half of the connections to a replica that it does not need. So the last of n
// is closed after about log₂ n times that, for the most that HAProxy accepts in less than the two minutes that the
// servers keep an idle connection: no request meets one that the server is about to close.
const purgeEvery = "5s"

func (c *Cluster) startBalancer(ctx context.Context) error {
	if len(c.spec.Fronts) == 0 {
		return nil
	}
	if c.lab.parts.balancer.Embedded {
		return c.startBalancerd(ctx)
	}
	return c.startHAProxy()
}

// startBalancerd starts the embedded balancer, which listens on ports of its own choice and names them in order.
func (c *Cluster) startBalancerd(ctx context.Context) error {
	args := []string{"--balance=" + string(c.balance()), "--check-interval=" + checkEvery}
	for _, p := range c.replicas {
		args = append(args, "--backend="+p.Addr())
	}
	for _, f := range c.spec.Fronts {
		args = append(args, fmt.Sprintf("--frontend=addr=%s;first=%d;size=%d", c.lab.anyPort(), f.First, f.Size))
	}
	p, err := c.spawn("balancer", Balancer, platform.Launch{Program: c.lab.parts.balancerProgram, Args: args})
	if err != nil {
		return err
	}
	if err := p.announced(ctx, len(c.spec.Fronts)); err != nil {
		return err
	}
	for i, f := range c.spec.Fronts {
		c.fronts[f] = p.addrs[i]
	}
	c.balancer = p
	return nil
}

func (c *Cluster) balance() plan.Balance {
	if c.spec.Balance == "" {
		return plan.RoundRobin
	}
	return c.spec.Balance
}

// startHAProxy starts HAProxy. A child gets sockets that the lab listens on already and hands down, so that no port
// can be lost between choosing and using it; elsewhere its ports are its own.
func (c *Cluster) startHAProxy() error {
	sockets, err := c.sockets()
	if err != nil {
		return err
	}
	defer sockets.close() // HAProxy has its own: once it is dead nobody must seem to listen
	var config strings.Builder
	if err := haproxyConfig.Execute(&config, c.haproxy(sockets.binds)); err != nil {
		return err
	}
	path, err := c.lab.home.Secret(c.label+"-haproxy.cfg", config.String())
	if err != nil {
		return err
	}
	p, err := c.spawn("balancer", Balancer, platform.Launch{
		Program: c.lab.parts.balancerProgram, Args: []string{"-db", "-f", path}, Files: sockets.files,
	})
	if err != nil {
		return err
	}
	for i, f := range c.spec.Fronts {
		c.fronts[f] = "http://" + p.reachedAt(sockets.addrs[i])
		p.addrs = append(p.addrs, c.fronts[f])
	}
	c.balancer = p
	return nil
}

// haproxyData is what the configuration is made from.
type haproxyData struct {
	Balance  string
	Sticky   bool
	Check    string
	MaxConn  uint64
	Purge    string
	Backends []haproxyBackend
}

type haproxyBackend struct {
	Bind     string
	Name     string
	Track    string // the backend whose checks it follows; "": it checks itself
	Replicas []haproxyReplica
}

type haproxyReplica struct {
	Index int // among all of the cluster's: a sticky client's replica is the same behind every frontend
	Addr  string
}

func (c *Cluster) haproxy(binds []string) haproxyData {
	d := haproxyData{Balance: "roundrobin", Check: checkEvery, MaxConn: maxConnections(), Purge: purgeEvery}
	switch c.balance() {
	case plan.Sticky:
		d.Sticky = true
	case plan.LeastConn:
		d.Balance = "leastconn"
	}
	largest := slices.MaxFunc(c.spec.Fronts, Front.Compare)
	for i, f := range c.spec.Fronts {
		b := haproxyBackend{Bind: binds[i], Name: f.String()}
		for k, p := range c.replicas[f.First : f.First+f.Size] {
			b.Replicas = append(b.Replicas, haproxyReplica{f.First + k, strings.TrimPrefix(p.Addr(), "http://")})
		}
		if f != largest && largest.covers(f) {
			b.Track = largest.String()
		}
		d.Backends = append(d.Backends, b)
	}
	return d
}

// maxConnections is how many connections HAProxy may accept: plenty, but no more than it can have descriptors for, as
// it refuses to start otherwise. A connection takes two.
func maxConnections() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1000
	}
	return min(20000, (limit.Max-min(limit.Max, 200))/2)
}

// The configuration. Each replica is checked once, by the largest backend; the others follow its verdict. A request is
// sent to another replica only when its connection could not be made. The backup servers are the same replicas,
// unchecked: when none is ready (their store is down, say) they answer for themselves, and serve again the moment they
// can. What replicas measure is read at the replicas, and not through here.
var haproxyConfig = template.Must(template.New("haproxy.cfg").Parse(`global
	maxconn {{.MaxConn}}
	nbthread 1
	tune.idle-pool.shared off

defaults
	mode http
	timeout connect 1s
	timeout client 60s
	timeout server 60s
	timeout http-request 10s
	timeout http-keep-alive 60s
	timeout queue 5s
	retries 3
	option redispatch 1
	retry-on conn-failure
	http-reuse always
	maxconn {{.MaxConn}}
	fullconn {{.MaxConn}}
	http-error status 400 content-type application/problem+json string '{"type":"about:blank","title":"Bad Request","status":400}' hdr Cache-Control no-store
	http-error status 404 content-type application/problem+json string '{"type":"about:blank","title":"Not Found","status":404}' hdr Cache-Control no-store
	http-error status 408 content-type application/problem+json string '{"type":"about:blank","title":"Request Timeout","status":408}' hdr Cache-Control no-store
	http-error status 502 content-type application/problem+json string '{"type":"about:blank","title":"Bad Gateway","status":502}' hdr Cache-Control no-store
	http-error status 503 content-type application/problem+json string '{"type":"about:blank","title":"Service Unavailable","status":503}' hdr Cache-Control no-store
	http-error status 504 content-type application/problem+json string '{"type":"about:blank","title":"Gateway Timeout","status":504}' hdr Cache-Control no-store
{{$d := .}}{{range .Backends}}
frontend front-{{.Name}}
	bind {{.Bind}}
	http-request deny deny_status 404 if { path,url_dec -m str /metrics }
	http-request del-header X-Forwarded- -m beg
	http-request del-header Forwarded
	http-request del-header X-Real-IP
	http-request set-header X-Forwarded-For %[src]
	http-request set-header X-Forwarded-Proto http
	default_backend back-{{.Name}}

backend back-{{.Name}}
	balance {{$d.Balance}}
{{- if $d.Sticky}}
	cookie AUTHLAB_REPLICA insert indirect nocache httponly attr "SameSite=Lax"
{{- end}}
	option httpchk GET /readyz
	default-server pool-purge-delay {{$d.Purge}}
{{- $track := .Track}}{{range .Replicas}}
	server r{{.Index}} {{.Addr}}{{if $d.Sticky}} cookie r{{.Index}}{{end}}
{{- if $track}} track back-{{$track}}/r{{.Index}}
{{- else}} check inter {{$d.Check}} fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down{{end}}
{{- end}}{{range .Replicas}}
	server b{{.Index}} {{.Addr}}{{if $d.Sticky}} cookie r{{.Index}}{{end}} backup
{{- end}}
	option allbackups
{{end}}`))
