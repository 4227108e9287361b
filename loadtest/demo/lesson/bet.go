package lesson

import (
	"fmt"
	"slices"

	"authlab/loadtest/message"
)

// Choice is an answer that the class may bet on.
type Choice struct {
	Name  string // in addresses
	Words message.Message
	// Holds reports whether it is what happened.
	Holds func(left, right *Evidence) bool
}

// Won is the name of the choice that holds; "" where none does, which is a mistake in the scene.
func Won(bet []Choice, left, right *Evidence) string {
	for _, c := range bet {
		if c.Holds(left, right) {
			return c.Name
		}
	}
	return ""
}

// refused is a bet on whether each column's last answer is 200 or 401.
var refused = pairs([2]int{200, 200}, [2]int{200, 401}, [2]int{401, 200}, [2]int{401, 401})

// pairs makes a bet on the last answer of each column, of these pairs: that of the left column, and that of the right.
func pairs(of ...[2]int) (bet []Choice) {
	for _, pair := range of {
		name := fmt.Sprintf("%d-%d", pair[Left], pair[Right])
		words := message.New("demo.choice.pair", "left", pair[Left], "right", pair[Right])
		bet = append(bet, Choice{name, words, func(left, right *Evidence) bool {
			return left.Last() == pair[Left] && right.Last() == pair[Right]
		}})
	}
	return bet
}

// sided makes a bet on the sides for which something holds: both, the left one, the right one or neither. Words are in
// that order.
func sided(holds func(*Evidence) bool, words ...message.Message) (bet []Choice) {
	names := []string{"both", "left", "right", "neither"}
	for i, name := range names {
		l, r := i == 0 || i == 1, i == 0 || i == 2
		bet = append(bet, Choice{name, words[i], func(left, right *Evidence) bool {
			return holds(left) == l && holds(right) == r
		}})
	}
	return bet
}

// outlives is a bet on where a copy of a login works after the logout.
var outlives = sided(func(e *Evidence) bool { return e.Clock != nil && e.Clock.Worked > 0 },
	message.New("demo.choice.outlives-both"), message.New("demo.choice.outlives-left"),
	message.New("demo.choice.outlives-right"), message.New("demo.choice.outlives-neither"))

// lasts is a bet on where a copy works a second after the logout. Where both sides mostly refuse it in milliseconds,
// which of them was sooner is chance, and no bet.
var lasts = sided(func(e *Evidence) bool { return e.Clock != nil && e.Clock.Seconds >= 1 },
	message.New("demo.choice.outlives-both"), message.New("demo.choice.outlives-left"),
	message.New("demo.choice.outlives-right"), message.New("demo.choice.outlives-neither"))

// asks is a bet on whose servers ask their store, by their own account.
var asks = sided(func(e *Evidence) bool {
	for _, x := range e.Exchanges() {
		if x.Spent["store"] > 0 {
			return true
		}
	}
	return false
}, message.New("demo.choice.asks-both"), message.New("demo.choice.asks-left"), message.New("demo.choice.asks-right"),
	message.New("demo.choice.asks-neither"))

// looksUp is the same by the count of the commands that the store was sent.
var looksUp = sided(func(e *Evidence) bool { return e.Store != nil && e.Store.Lookups > 0 },
	message.New("demo.choice.asks-both"), message.New("demo.choice.asks-left"), message.New("demo.choice.asks-right"),
	message.New("demo.choice.asks-neither"))

// cookies is a bet on whose login is carried by a cookie.
var cookies = sided(func(e *Evidence) bool {
	return slices.ContainsFunc(e.Browser, func(k Kept) bool { return k.What == sessionCookie })
}, message.New("demo.choice.cookie-both"), message.New("demo.choice.cookie-left"),
	message.New("demo.choice.cookie-right"), message.New("demo.choice.cookie-neither"))

// readable is a bet on whose credential says who alice is to anybody who reads it.
var readable = sided(func(e *Evidence) bool { return e.Token != nil },
	message.New("demo.choice.readable-both"), message.New("demo.choice.readable-left"),
	message.New("demo.choice.readable-right"), message.New("demo.choice.readable-neither"))

// allWork is a bet on which side answers every request with 200.
var allWork = sided(func(e *Evidence) bool {
	return !slices.ContainsFunc(e.Exchanges(), func(x Exchange) bool { return x.Status() != 200 })
}, message.New("demo.choice.all-both"), message.New("demo.choice.all-left"), message.New("demo.choice.all-right"),
	message.New("demo.choice.all-neither"))

// saysAdmin is a bet on which side's last answer still calls alice an admin.
var saysAdmin = sided(func(e *Evidence) bool { return said(e, "role") == "admin" },
	message.New("demo.choice.admin-both"), message.New("demo.choice.admin-left"),
	message.New("demo.choice.admin-right"), message.New("demo.choice.admin-neither"))
