package lesson

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// The people of the lesson. The first three have accounts, with Password.
const (
	Alice   = "alice"
	Bob     = "bob"
	Admin   = "admin"
	Mallory = "mallory" // has what she stole
)

// Password is the public password of the servers' accounts for demonstrations.
const Password = "correct horse battery staple"

// Place is one column of a scene that is being played: a cluster, and the people who use it.
type Place struct {
	stand   *stand.Stand
	setting stand.Setting
	cluster *cluster.Cluster
	courier Courier
	people  map[string]*Person
	// replaying is true while earlier steps are done again, to get where a later one begins: nothing is then waited for
	// that changes nothing.
	replaying bool
	evidence  *Evidence
	ear       *ear            // listens to the store, if there is one
	stopped   bool            // the store is
	newKey    []byte          // that signs tokens since they were rotated; nil before
	crowd     *crowd          // sends load; nil before it is needed
	told      func(*Evidence) // receives the evidence whenever there is more of it
	waits     func(time.Time) // see World.Waits
}

func newPlace(s *stand.Stand, of stand.Setting, c *cluster.Cluster, courier Courier) *Place {
	return &Place{stand: s, setting: of, cluster: c, courier: courier, people: map[string]*Person{}}
}

// person returns a person, who at first has no credentials.
func (p *Place) person(name string) *Person {
	if p.people[name] == nil {
		p.people[name] = &Person{Home: -1}
	}
	return p.people[name]
}

// front is the balancer's address.
func (p *Place) front() string { return p.cluster.Front(cluster.Front{Size: p.cluster.Size()}) }

// send carries a request of a person and keeps what comes of it.
func (p *Place) send(ctx context.Context, who string, r Request) (Exchange, error) {
	began := time.Now()
	answer := p.courier.Carry(ctx, r)
	took := time.Since(began)
	if err := ctx.Err(); err != nil {
		return Exchange{}, fmt.Errorf("the step was interrupted: %w", context.Cause(ctx))
	}
	return Exchange{
		Who: who, Request: r, Answer: answer, Curl: r.Curl(),
		Replica: replicaOf(answer.Get("X-Replica"), p.cluster.Nonce()),
		Took:    float64(took.Microseconds()) / 1000, Spent: spent(answer.Get("Server-Timing")), began: began,
	}, nil
}

// note adds a deed to the evidence.
func (p *Place) note(d Deed) {
	if d.Exchange != nil {
		p.attribute(d.Exchange)
	}
	p.evidence.Deeds = append(p.evidence.Deeds, d)
	p.tell()
}

// attribute says whether a request had its replica ask the store.
func (p *Place) attribute(x *Exchange) {
	switch x.Asked = -1; {
	case p.cluster.Store() == nil:
		x.Asked = 0
	case !p.stopped && p.ear.catchUp():
		x.Asked = p.ear.since(x.began)
	}
	_, authenticated := x.Spent["auth"]
	if x.Asked == 0 || !authenticated { // the writing of a login's session is not in that time
		delete(x.Spent, "store")
	}
}

// say notes something that is no request.
func (p *Place) say(m message.Message) { p.note(Deed{Told: &m}) }

func (p *Place) tell() {
	if p.told != nil {
		p.told(p.evidence)
	}
}

// run carries out a step's acts, and gathers the evidence.
func (p *Place) run(ctx context.Context, acts []Act) (*Evidence, error) {
	p.evidence, p.ear = &Evidence{}, &ear{}
	if !p.stopped { // while it is, ResumeStore listens
		p.ear.listen(ctx, p.cluster.Store())
	}
	defer p.ear.close()
	for _, act := range acts {
		if err := act.Do(ctx, p); err != nil {
			return p.evidence, err
		}
	}
	p.look(ctx)
	p.tell()
	return p.evidence, nil
}

// look completes the evidence with what the person who acted last and the store now have.
func (p *Place) look(ctx context.Context) {
	if all := p.evidence.Exchanges(); len(all) > 0 {
		p.evidence.Owner = all[len(all)-1].Who
		owner := p.person(p.evidence.Owner)
		p.evidence.Browser = owner.kept()
		p.evidence.Token = decode(owner.Access)
	}
	if store := p.cluster.Store(); store != nil {
		p.evidence.Store = look(ctx, p.ear, store)
	}
}
