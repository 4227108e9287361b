package api

import (
	"net/netip"
	"strconv"
	"time"
)

// turns decides which of the strangers that wait for one account is next, once its free failures are used up. Then one
// password is checked at a time, with a wait after each wrong one. If the fastest took each turn, an attacker who
// guesses without a pause would keep the owner out for good.
//
// A lot is drawn among the networks that were refused during the previous turn, waited as told, and now come back. The
// turn belongs to the winner for a while, and only then to the first that asks. So asking more often does not help, and
// networks that are used once draw nothing: against a flood of those the owner waits for two turns. Of n networks that
// come back as told, each has the same chance at each turn.
type turns struct {
	ledger                           // keys only
	old, young        map[key]visits // by network and account
	lots              map[key]*lot   // by account
	winners, networks int            // limits of the two
}

// visits records when a network was refused: the last time, and the last time before the turn that it waits for. The
// latter is zero if it asked more than once before the time it was told: a network that asks without a pause waits for
// no turn.
type visits struct {
	latest, before, told time.Time
	early                int
}

// lot is the draw for one turn of an account.
type lot struct {
	last   time.Time // the failure before the turn; it identifies the turn
	best   key
	winner key
}

// grace is how long a turn is reserved for the winner. Retry-After is in whole seconds, and answers take time.
const grace = 10 * time.Second

// slack is how long after the time it was told a network still counts as coming back.
const slack = time.Minute

func newTurns(secret []byte) *turns {
	return &turns{
		ledger: ledger{secret: secret}, young: map[key]visits{}, lots: map[key]*lot{},
		winners: 10_000, networks: 50_000,
	}
}

// neighbourhood is what counts as one in the draw: more addresses than that bring no more lots.
func neighbourhood(ip netip.Addr) string {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// wait returns how long a stranger at ip must wait for a turn at account, which failed last at last and opens again at
// opens. At 0 the stranger has the turn, and begins anew with the next.
func (t *turns) wait(account key, name string, ip netip.Addr, last, opens, now time.Time) (wait time.Duration) {
	me := t.keyOf("network", name, neighbourhood(ip))
	v, back := t.visit(me, last, opens, now)
	defer func() {
		v.told = now.Add(wait)
		t.young[me] = v
	}()
	l := t.lots[account]
	if l == nil || !l.last.Equal(last) {
		if len(t.lots) >= t.winners {
			clear(t.lots)
		}
		l = &lot{last: last}
		t.lots[account] = l
	}
	switch {
	case now.Before(opens):
		if back {
			l.draw(t.keyOf("lot", name, neighbourhood(ip), strconv.FormatInt(last.UnixNano(), 10)), me)
		}
		return opens.Sub(now)
	case l.winner != 0 && l.winner != me && now.Before(opens.Add(grace)):
		return opens.Add(grace).Sub(now)
	}
	return 0
}

func (l *lot) draw(number, network key) {
	if l.winner == 0 || number < l.best {
		l.best, l.winner = number, network
	}
}

// took ends the turn, and the wait of the stranger whose password is being checked.
func (t *turns) took(account key, name string, ip netip.Addr) {
	delete(t.lots, account)
	me := t.keyOf("network", name, neighbourhood(ip))
	delete(t.young, me)
	delete(t.old, me)
}

// visit returns a network's visit, and whether it was refused during the previous turn as well, and waited.
func (t *turns) visit(me key, last, opens, now time.Time) (v visits, back bool) {
	v, known := t.young[me]
	if !known {
		if len(t.young) >= t.networks {
			t.old, t.young = t.young, map[key]visits{}
		}
		v = t.old[me]
	}
	if v.latest.Before(last) {
		if v.before = v.latest; v.early > 1 {
			v.before = time.Time{}
		}
		v.early = 0
	}
	if now.Before(v.told) {
		v.early++
	}
	v.latest = now
	return v, last.Sub(v.before) <= opens.Sub(last)+slack
}
