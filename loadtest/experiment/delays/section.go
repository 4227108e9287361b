package delays

import (
	"fmt"

	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: "delays", Title: "How soon an ended login is refused"}
	if !f.Known() {
		s.Text = []string{"How soon an ended login is refused was not measured, because the run ended before."}
		return s
	}
	s.Text = []string{fmt.Sprintf("%s without budgets or other load. A login is ended at one of them, and all are asked about it at the same time, again and again until each refuses it. "+
		"Where logins end by themselves, the token was made to end a second or two later.", page.Replicas(f.part.Replicas))}
	t := page.Table{
		Caption: "From the end of a login, by the server's own word, to its refusal by a replica",
		Head:    []string{"scheme", "guarantee", "#logins", "#refusals", "#still taken after", "#longest", "#p50", "#p99", "#worst", "#worst where it was ended", "kept its word"},
	}
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		for _, d := range f.Delays {
			if d.Name == scheme.Name {
				return []page.Row{{Cells: line(d)}}
			}
		}
		return nil
	})
	s.Tables = []page.Table{t}
	s.Notes = []string{
		"Still taken after is the share of replicas that answered 200 to a request sent after the end; longest is how long after it the last such request was sent. " +
			"The other times are those of the answer with the refusal, the request's own time included, by replicas other than the one where the login " +
			"was ended (by that one where no other knows the login): where none took a login after its end they are the time of a request, and no delay. Of replicas " +
			"that are asked together each takes longer to answer.",
		"The end of a login that expires is a millisecond after the moment that it names, with the leeway that the row's servers give to clocks that differ.",
	}
	return s
}

// Answer says how soon ended logins were refused, and which rows did not keep their word.
func (f *Findings) Answer() []string {
	var kept, taken, broken []string
	for _, d := range f.Delays {
		switch {
		case d.Broken:
			broken = append(broken, d.Name)
			continue
		case d.Scheme.Guarantee == plan.AtExpiry:
			continue
		case d.Longest > 0:
			taken = append(taken, d.Name+" ("+page.Duration(d.Longest)+" later at most)")
		}
		kept = append(kept, page.Duration(d.AtWorst())+" with "+d.Name)
	}
	var out []string
	if len(kept) > 0 {
		text := fmt.Sprintf("The slowest answer that refused an ended login came after %s, the request's own time included; ", page.Enumerate(kept))
		if len(taken) > 0 {
			out = append(out, text+"a login was still taken after its end only with "+page.Enumerate(taken)+".")
		} else {
			out = append(out, text+"none of them took a login after its end.")
		}
	}
	if len(broken) > 0 {
		out = append(out, fmt.Sprintf("BROKEN GUARANTEE: a login that had ended was taken longer than %s may.", page.Enumerate(broken)))
	}
	return out
}

// Column implements experiment.Columned: the longest that a replica took to refuse a login that was ended, where ending it is
// more than waiting.
func (f *Findings) Column() (head string, cell func(plan.Scheme) string) {
	return "#ended login refused, at worst", func(scheme plan.Scheme) string {
		for _, d := range f.Delays {
			switch {
			case d.Name != scheme.Name:
			case d.Broken:
				return "BROKEN"
			case scheme.Guarantee == plan.AtExpiry:
				return "at expiry"
			default:
				return page.Duration(d.AtWorst())
			}
		}
		return page.None
	}
}

func line(d Delay) []page.Cell {
	word := "yes"
	switch {
	case d.Never > 0:
		word = fmt.Sprintf("NO: %d of %d replicas went on taking it", d.Never, d.Refusals+d.Never)
	case d.Broken:
		word = "NO: " + page.Duration(d.Longest)
	}
	guarantee := string(d.Scheme.Guarantee)
	if d.Scheme.Push > 0 {
		guarantee += " of " + d.Scheme.Push.String()
	}
	longest := page.None
	if d.Longest > 0 {
		longest = page.Duration(d.Longest)
	}
	p99 := page.None
	if d.P99 > 0 {
		p99 = page.Duration(d.P99)
	}
	own := page.None
	if d.Own > 0 {
		own = page.Duration(d.Own)
	}
	return page.Cells(d.Name, guarantee, fmt.Sprint(d.Logins), fmt.Sprint(d.Refusals), page.Percent(d.Accepted), longest, page.Duration(d.P50), p99, page.Duration(d.Worst), own, word)
}
