package api

import (
	"net/netip"
	"strconv"
	"time"
)

// turns decides which of the strangers who wait for one account is next, once its free failures are used up. Then one
// password is checked at a time, with a wait after each that is wrong. If the fastest took each turn, whoever guesses
// without a pause would keep the owner out for good.
//
// A network that was refused during the turn before, that waited as it was told, and that comes back now, draws a lot.
// The turn belongs to the winner for a while, and only then to whoever comes first. So asking more often is of no use,
// and networks that are used once draw nothing: against a flood of those the owner waits for two turns. Of n networks
// that come back as they are told, each has the same chance at each turn.
type turns struct {
	ledger                           // only its keys
	old, young        map[key]visits // by network and account
	lots              map[key]*lot   // by account
	winners, networks int            // limits of the two
}

// visits are when a network was refused: at last, and at last before the turn that is being waited for. The latter is
// zero where it asked more than once before it was told to come: who asks without a pause waits for no turn.
type visits struct {
	latest, before, told time.Time
	early                int
}

// lot is the draw for one turn of an account.
type lot struct {
	last   time.Time // the failure that the turn follows: it names the turn
	best   key
	winner key
}

// grace is for how long a turn is the winner's alone. Retry-After is in whole seconds, and answers take time.
const grace = 10 * time.Second

// slack is for how long after it was told to come a network still counts as coming back.
const slack = time.Minute

func newTurns(secret []byte) *turns {
	return &turns{
		ledger: ledger{secret: secret}, young: map[key]visits{}, lots: map[key]*lot{},
		winners: 10_000, networks: 50_000,
	}
}

// neighbourhood is what counts as one in the draw: with more addresses than that one has no more lots.
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

// wait is how long a stranger at ip must wait for a turn at account, which failed last at last and is open again at
// opens. Where it is 0 the stranger has the turn, and begins anew with the next.
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

// took ends the wait of a stranger whose password is being checked, and the turn.
func (t *turns) took(account key, name string, ip netip.Addr) {
	delete(t.lots, account)
	me := t.keyOf("network", name, neighbourhood(ip))
	delete(t.young, me)
	delete(t.old, me)
}

// visit is the visit of a network, and says whether it was refused during the turn before as well, and waited.
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
