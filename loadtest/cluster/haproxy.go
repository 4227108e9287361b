package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"text/template"
	"time"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// checkEvery is the interval of the balancers' own health checks: rare enough to cost nothing beside the load. A
// replica that refuses connections leaves the rotation at the first refusal.
const checkEvery = 5 * time.Second

// purgeEvery is the interval at which HAProxy closes half of the idle connections to a replica. So the last of n closes
// after about log₂ n intervals. For the most connections that HAProxy accepts, that is less than the two minutes for
// which the servers keep an idle connection, so no request meets a connection that the server is about to close.
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

// startBalancerd starts the embedded balancer. It chooses its own ports and names them in order.
func (c *Cluster) startBalancerd(ctx context.Context) error {
	args := []string{"--balance=" + string(c.balance()), "--check-interval=" + c.checkEvery().String()}
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

// checkEvery is the cluster's interval of checks.
func (c *Cluster) checkEvery() time.Duration { return cmp.Or(c.spec.CheckEvery, checkEvery) }

func (c *Cluster) balance() plan.Balance {
	if c.spec.Balance == "" {
		return plan.RoundRobin
	}
	return c.spec.Balance
}

// startHAProxy starts HAProxy. A child inherits sockets that the lab already listens on, so no port can be lost between
// choosing and using it. Elsewhere HAProxy has its own ports.
func (c *Cluster) startHAProxy() error {
	sockets, err := c.sockets()
	if err != nil {
		return err
	}
	defer sockets.close() // HAProxy has its own copies: once it is dead, no open socket must accept connections for it
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

// haproxyData is the input of the configuration's template.
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
	Track    string // the backend whose checks it follows; "" if it runs its own
	Replicas []haproxyReplica
}

type haproxyReplica struct {
	Index int // among all replicas of the cluster, so that a sticky client has the same replica behind every frontend
	Addr  string
}

func (c *Cluster) haproxy(binds []string) haproxyData {
	d := haproxyData{
		Balance: "roundrobin", Check: fmt.Sprintf("%dms", c.checkEvery().Milliseconds()), MaxConn: maxConnections(),
		Purge: purgeEvery,
	}
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

// maxConnections is how many connections HAProxy may accept. It is large, but bounded by the file descriptors that
// HAProxy can have: with too few it refuses to start. A connection takes two.
func maxConnections() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1000
	}
	return min(20000, (limit.Max-min(limit.Max, 200))/2)
}

// The configuration. The largest backend checks each replica once; the other backends follow its verdict. A request
// goes to another replica only when its connection could not be made. The backup servers are the same replicas,
// unchecked. When no replica is ready (for example, because their store is down), the replicas still answer for
// themselves, and serve again as soon as they can. A client's cookie leads to such a server only then: else a replica
// that drains would get its clients' requests until it closes. Metrics are read directly from the replicas, not through
// the balancer.
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
	http-error status 400 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Bad Request","status":400}' hdr Cache-Control no-store
	http-error status 404 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Not Found","status":404}' hdr Cache-Control no-store
	http-error status 408 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Request Timeout","status":408}' hdr Cache-Control no-store
	http-error status 502 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Bad Gateway","status":502}' hdr Cache-Control no-store
	http-error status 503 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Service Unavailable","status":503}' hdr Cache-Control no-store
	http-error status 504 content-type application/problem+json string ` +
	`'{"type":"about:blank","title":"Gateway Timeout","status":504}' hdr Cache-Control no-store
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
{{- $b := .Name}}{{if $d.Sticky}}{{range .Replicas}}
	acl some srv_is_up(back-{{$b}}/r{{.Index}})
	acl on-r{{.Index}} srv_is_up(back-{{$b}}/r{{.Index}})
	ignore-persist if some !on-r{{.Index}} { req.cook(AUTHLAB_REPLICA) r{{.Index}} }
{{- end}}{{end}}
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
