package exhaust

import (
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Drain is a request that is made to cost a server much, as data.
type Drain struct {
	Name  string
	Title message.Message
	Only  experiment.Way // a way that it applies to; "" is both
	// Unit is what a size counts.
	Unit  message.Message
	Sizes []int
	// Counted drains send as many requests as the size says, because the server's memory of them changes their cost.
	// Others send what fits into a slice. Takes is about how long counted ones take.
	Counted bool
	Takes   time.Duration
	Lanes   int // connections, as a multiple of the plan's; 0 is 1

	// Bound is what protects the server.
	Bound       message.Message
	Requirement int    // as the contract of the servers numbers it: 10 is R10 of servers/api/apitest
	Reference   string // the section that asks for the bound
	CWE         int    // 0 for what is no attack
	CVE         string // of the kind; may be empty

	// lane makes the requests of a connection. Those of Fresh drains begin with a login of their own, m.fresh.
	lane  func(m *measuring, size, conn int) lane
	Fresh bool
}

// on reports whether the drain applies to a scheme. A sealed session has no id that could be invented.
func (d Drain) on(s plan.Scheme) bool {
	return (d.Only == "" || d.Only == experiment.WayOf(s)) && (d.Name != "invented-ids" || !s.Sealed)
}

// fixed is a drain's lane that sends one request over and over.
func fixed(request func(m *measuring, size, conn int) []byte) func(*measuring, int, int) lane {
	return func(m *measuring, size, conn int) lane { return always(request(m, size, conn)) }
}

// What sizes count.
var (
	bytesLong = message.New("exhaust.unit.bytes")
	dots      = message.New("exhaust.unit.dots")
	members   = message.New("exhaust.unit.members")
	headers   = message.New("exhaust.unit.headers")
	cookies   = message.New("exhaust.unit.cookies")
	deep      = message.New("exhaust.unit.deep")
	parts     = message.New("exhaust.unit.parts")
	inARow    = message.New("exhaust.unit.requests")
)

// Drains are all drains, in the order of the report. The largest size of most is beyond what bounds it. The first is
// none: its ratio shows the noise that those of the others have too.
var Drains = []Drain{
	{
		Name: "valid-again", Title: message.New("exhaust.drain.valid-again"), Unit: message.New("exhaust.unit.again"),
		Sizes: []int{1}, Bound: message.New("exhaust.bound.valid-again"),
		lane: fixed(func(m *measuring, _, conn int) []byte { return m.me(m.valid[conn%len(m.valid)]) }),
	},
	{
		Name: "token-dots", Title: message.New("exhaust.drain.token-dots"), Only: experiment.Tokens,
		Unit: dots, Sizes: []int{10, 9000, 12_000}, Bound: message.New("exhaust.bound.token-dots"),
		Requirement: 10, Reference: "RFC 7515 §7.1", CWE: 405, CVE: "CVE-2025-30204", lane: fixed(dotted),
	},
	{
		Name: "long-kid", Title: message.New("exhaust.drain.long-kid"), Only: experiment.Tokens,
		Unit: bytesLong, Sizes: []int{20, 7000, 11_000}, Bound: message.New("exhaust.bound.long-kid"),
		Requirement: 8, Reference: "RFC 8725 §3.10", CWE: 770, lane: fixed(longKid),
	},
	{
		Name: "many-members", Title: message.New("exhaust.drain.many-members"), Only: experiment.Tokens,
		Unit: members, Sizes: []int{10, 100, 800}, Bound: message.New("exhaust.bound.many-members"),
		Requirement: 9, Reference: "RFC 7515 §4", CWE: 407, lane: fixed(manyMembers),
	},
	{
		Name: "wrong-signature", Title: message.New("exhaust.drain.wrong-signature"), Only: experiment.Tokens,
		Unit: bytesLong, Sizes: []int{200, 7000, 11_000}, Bound: message.New("exhaust.bound.wrong-signature"),
		Requirement: 10, Reference: "RFC 8725 §3.3", CWE: 770, lane: fixed(wrongSignature),
	},
	{
		Name: "invented-ids", Title: message.New("exhaust.drain.invented-ids"), Only: experiment.Sessions,
		Unit: bytesLong, Sizes: []int{idLength, 1000, 8000}, Bound: message.New("exhaust.bound.invented-ids"),
		Requirement: 2, Reference: "ASVS 7.2.4", CWE: 400, lane: invented,
	},
	{
		Name: "cookie-pairs", Title: message.New("exhaust.drain.cookie-pairs"),
		Unit: cookies, Sizes: []int{100, 3000, 6000}, Bound: message.New("exhaust.bound.cookie-pairs"),
		Requirement: 22, Reference: "RFC 6265 §6.1", CWE: 770, CVE: "CVE-2025-58186", lane: fixed(cookiePairs),
	},
	{
		Name: "many-headers", Title: message.New("exhaust.drain.many-headers"),
		Unit: headers, Sizes: []int{10, 1000, 4000}, Bound: message.New("exhaust.bound.many-headers"),
		Requirement: 22, Reference: "RFC 9110 §5.4", CWE: 770, lane: fixed(manyHeaders),
	},
	{
		Name: "json-nesting", Title: message.New("exhaust.drain.json-nesting"),
		Unit: deep, Sizes: []int{100, 9000, 40_000}, Bound: message.New("exhaust.bound.json-nesting"),
		Requirement: 22, Reference: "RFC 8259 §9", CWE: 674, CVE: "CVE-2022-28131", lane: fixed(nested),
	},
	{
		Name: "slow-client", Title: message.New("exhaust.drain.slow-client"), Lanes: 4,
		Unit: parts, Sizes: []int{2, 8, 32}, Bound: message.New("exhaust.bound.slow-client"),
		Requirement: 22, Reference: "RFC 9110 §17.5", CWE: 400, CVE: "CVE-2007-6750", lane: slowly,
	},
	{
		Name: "refresh-flood", Title: message.New("exhaust.drain.refresh-flood"),
		Counted: true, Takes: 50 * time.Millisecond,
		Unit: inARow, Sizes: []int{20, 80, 320}, Bound: message.New("exhaust.bound.refresh-flood"),
		Requirement: 12, Reference: "RFC 9700 §4.14", CWE: 770, Fresh: true,
		lane: func(m *measuring, _, conn int) lane { return m.renewing(m.fresh[conn], true) },
	},
	{
		Name: "wrong-password", Title: message.New("exhaust.drain.wrong-password"),
		Counted: true, Takes: 200 * time.Millisecond,
		Unit: inARow, Sizes: []int{5, 20, 80}, Bound: message.New("exhaust.bound.wrong-password"),
		Requirement: 19, Reference: "ASVS 6.3.1", CWE: 400, lane: wrongPasswords,
	},
}

// drainOf returns the drain with that name.
func drainOf(name string) (Drain, bool) {
	i := slices.IndexFunc(Drains, func(d Drain) bool { return d.Name == name })
	if i < 0 {
		return Drain{}, false
	}
	return Drains[i], true
}
