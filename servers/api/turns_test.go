package api

import (
	"fmt"
	"testing"
	"time"
)

// comesBack is an owner at a new device, who returns when told to. At each moment the attack comes first; it returns
// how long it pauses. comesBack returns how long the owner waits, and the longest turn meanwhile.
func (g *gate) comesBack(owner attempt, attack func() time.Duration) (waited, turn time.Duration) {
	account := g.account.keyOf("account", owner.account)
	begin, next := g.at, g.at
	for g.at.Sub(begin) < 12*time.Hour {
		pause := attack()
		if !g.at.Before(next) {
			_, last, opens := g.account.count(account, g.at)
			turn = max(turn, opens.Sub(last))
			wait := g.try(owner, true)
			if wait < 0 {
				break
			}
			next = g.at.Add(time.Duration(wait) * time.Second)
		}
		g.at = g.at.Add(pause)
	}
	return g.at.Sub(begin), turn
}

// Networks that are used once keep an owner at a new device out for two turns, plus the time to notice a turn.
func TestAFloodDoesNotKeepANewDeviceOut(t *testing.T) {
	ages := []time.Duration{0, time.Minute, 10 * time.Minute}
	if !testing.Short() {
		ages = append(ages, 5*time.Hour)
	}
	for who, address := range map[string]func(i int) string{
		"IPv4": func(i int) string { return fmt.Sprintf("%d.%d.%d.1", 100+i>>16&15, i>>8&255, i&255) },
		"IPv6": crowd["an IPv6 /32"],
		"networks that come again without a pause": func(i int) string {
			return fmt.Sprintf("100.64.%d.%d", i>>4%8, i>>7&255)
		},
	} {
		for _, age := range ages {
			g, i := newGate(), 0
			attack := func() time.Duration {
				for range 5 {
					g.try(from("alice", address(16*i)), false)
					i++
				}
				return time.Second
			}
			owner := from("alice", "192.0.2.1")
			g.try(owner, false) // a typing error
			for began := g.at; g.at.Sub(began) < age; {
				g.at = g.at.Add(attack())
			}
			waited, turn := g.comesBack(owner, attack)
			if limit := 2*turn + 2*grace; waited > limit {
				t.Errorf("%s for %v: the owner waits %v, want at most %v: a turn is %v", who, age, waited, limit, turn)
			}
		}
	}
}

// If attackers come back from n networks, the owner has one chance in n + 1 at each turn, even though they always ask
// first.
func TestTurnsAreDrawnFairly(t *testing.T) {
	const owners = 60
	for _, networks := range []int{1, 9} {
		turns := 0
		for o := range owners {
			g, taken := newGateOf(fmt.Sprint("draw ", o)), 0
			attack := func() time.Duration { return g.askFirst(networks, &taken) }
			for range 30 {
				g.at = g.at.Add(attack())
			}
			taken = 0
			g.comesBack(from("alice", "192.0.2.1"), attack)
			turns += taken + 1
		}
		mean := float64(turns) / owners
		t.Logf("%d networks: %.1f turns on average", networks, mean)
		if limit := 1.5 * float64(networks+2); mean > limit {
			t.Errorf("the owner waits for %.1f turns on average, among %d networks that come back, want at most %.1f",
				mean, networks, limit)
		}
	}
}

// askFirst guesses from this many networks, each with addresses without failures so far and when told to, and from
// others that are used once. It counts the turns that it took, and returns when to continue.
func (g *gate) askFirst(networks int, taken *int) time.Duration {
	soonest := g.at.Add(time.Hour)
	guess := func(address string) time.Time {
		wait := g.try(from("alice", address), false)
		if wait < 0 {
			*taken++
		}
		return g.at.Add(time.Duration(max(wait, 1)) * time.Second)
	}
	for n := range networks {
		g.asked++
		guess(fmt.Sprintf("2001:db8:%x::1", g.asked&0xffff))
		if !g.at.Before(g.told[n]) {
			g.told[n] = guess(fmt.Sprintf("100.64.%d.%d", n, g.asked&255))
		}
		if g.told[n].Before(soonest) {
			soonest = g.told[n]
		}
	}
	return soonest.Sub(g.at)
}
