package incident

import (
	"context"
	"fmt"
	"sync"

	"authlab/loadtest/message"
)

// Deed is what clients do in an incident that breaks no part.
type Deed string

// The deeds.
const (
	Overtaken Deed = "slow" // requests that began before a logout are complete only after it
	TabsRenew Deed = "tabs" // the tabs of one browser renew one login at the same moment
)

// Clients are what became of what clients did at an awkward moment.
type Clients struct {
	Tried int `json:"tried"` // renewals by tabs, or slow requests
	// AtOnce are those that met the moment: a renewal was on its way while another tab's was, or a replica was reading a
	// request when its user had logged out.
	AtOnce int `json:"at_once"`
	// Done are tabs that are logged in afterwards, or slow requests that were refused.
	Done     int `json:"done"`
	Out      int `json:"logged_out,omitempty"`     // tabs that were refused
	Failed   int `json:"failed,omitempty"`         // any other answer, or none
	Listed   int `json:"listed,omitempty"`         // logins about which the servers tell how many they are
	More     int `json:"more_logins,omitempty"`    // logins that one became, beyond one
	Kept     int `json:"after_a_logout,omitempty"` // tabs that are served after one has logged out, later than promised
	Admitted int `json:"admitted,omitempty"`       // slow requests that were carried out, which the scheme must refuse
	Revived  int `json:"revived,omitempty"`        // logins that work in spite of their logout
}

// tabs is how many renew one login, of clients users each.
const (
	tabs    = 6
	clients = 5
)

// act has the clients do what the incident says, all users at once. The users are those that have logged out before: no
// other request is theirs.
func (t *trial) act(ctx context.Context) error {
	if t.incident.Deed == "" {
		return nil
	}
	t.line.Clients = new(Clients)
	errs := make(chan error, clients)
	var acting sync.WaitGroup
	for k := range clients {
		user := t.watch.first + t.watch.live + k
		acting.Go(func() {
			if t.incident.Deed == Overtaken {
				errs <- t.overtake(ctx, user)
				return
			}
			errs <- t.renewTabs(ctx, user)
		})
	}
	acting.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", t.incident.Deed, err)
		}
	}
	return nil
}

func (t *trial) renewTabs(ctx context.Context, user int) error {
	told, err := t.servers.Tabs(ctx, user, tabs)
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.line.Clients
	c.Tried, c.AtOnce, c.Done = c.Tried+told.Tried, c.AtOnce+told.Together, c.Done+told.In
	c.Out, c.Failed, c.More, c.Kept = c.Out+told.Out, c.Failed+told.Failed, c.More+told.More, c.Kept+told.Kept
	if told.Listed {
		c.Listed++
	}
	return err
}

func (t *trial) overtake(ctx context.Context, user int) error {
	told, err := t.servers.Overtake(ctx, user)
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.line.Clients
	c.Tried, c.AtOnce, c.Done = c.Tried+told.Tried, c.AtOnce+told.Begun, c.Done+told.Refused
	c.Failed, c.Admitted, c.Revived = c.Failed+told.Failed, c.Admitted+told.Admitted, c.Revived+told.Revived
	return err
}

// met is the proof that clients did something at the moment that the incident is about: most of it, since chance has a
// part in it.
func (c *Clients) met() Evidence {
	if c == nil {
		c = new(Clients)
	}
	return Evidence{
		Of: "clients", Want: "at least half of the requests at once",
		Saw: fmt.Sprintf("%d of %d", c.AtOnce, c.Tried), Held: c.Tried > 0 && 2*c.AtOnce >= c.Tried,
	}
}

// breaches are the outcomes that no incident of clients allows.
func (c *Clients) breaches() (all []message.Message) {
	if c == nil {
		return nil
	}
	for _, b := range []struct {
		n    int
		says message.Message
	}{
		{c.Out, message.New("incident.breach-tabs-out", "n", c.Out, "of", c.Tried)},
		{c.Failed, message.New("incident.breach-clients", "n", c.Failed, "of", c.Tried)},
		{c.More, message.New("incident.breach-more-logins", "n", c.More)},
		{c.Kept, message.New("incident.breach-tabs-kept", "n", c.Kept, "of", c.Tried)},
		{c.Admitted, message.New("incident.breach-slow-admitted", "n", c.Admitted, "of", c.Tried)},
		{c.Revived, message.New("incident.breach-revived", "n", c.Revived)},
	} {
		if b.n > 0 {
			all = append(all, b.says)
		}
	}
	return all
}
