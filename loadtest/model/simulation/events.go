package simulation

// event is a request at a tier.
type event struct {
	at    int64 // ns
	due   int64 // ns: when the request was sent, or should have been
	order int64 // the order of events at the same time
	where int   // 0 the balancer, 1 the replicas, 2 the store, 3 done
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.order < f.order }

// events is a heap with the first event on top. It does not use container/heap, which would put each event into an
// interface: a run spends its time here.
type events []event

func (h *events) push(e event) {
	all := append(*h, e)
	i := len(all) - 1
	for parent := (i - 1) / 2; i > 0 && e.before(all[parent]); parent = (i - 1) / 2 {
		all[i] = all[parent]
		i = parent
	}
	all[i] = e
	*h = all
}

func (h *events) pop() event {
	all := *h
	first, last := all[0], all[len(all)-1]
	all = all[:len(all)-1]
	*h = all
	i := 0
	for child := 1; child < len(all); child = 2*i + 1 {
		if child+1 < len(all) && all[child+1].before(all[child]) {
			child++
		}
		if !all[child].before(last) {
			break
		}
		all[i] = all[child]
		i = child
	}
	if len(all) > 0 {
		all[i] = last
	}
	return first
}
