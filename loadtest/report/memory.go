package report

import (
	"fmt"
	"math"
	"strconv"

	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
)

// memorySection is there only if the plan asks how memory grows with the logins.
func memorySection(a *analysis.Analysis) []section {
	m := a.Run.Plan.Memory
	if m == nil {
		return nil
	}
	s := section{ID: "memory", Title: "Memory, by how many are logged in"}
	if len(a.Growth) == 0 {
		s.Text = []string{"How memory grows with the logins was not measured, because the run ended before."}
		return []section{s}
	}
	s.Text = []string{fmt.Sprintf("One replica and its store; starts of both: %d. More and more users sign in, once each; then they all ask who they are, so that what the replica "+
		"forgot or could not hold shows as a wrong answer, and what is held is read.", m.Starts)}
	s.Tables = []table{holdingTable(a), growthTable(a)}
	s.Notes = []string{
		"The live heap is what the replica's collector found alive; it runs here whenever the heap has grown by a twentieth, and without ballast. Resident is what the operating " +
			"system gives it, garbage and program included. The store's bytes are by its own count, with what it needs to find them.",
		fmt.Sprintf("A login's bytes are a line through the smallest and the largest number of logins, of each start; bend is how far what was measured between them is off that line. "+
			"What %d logins would take is where the line arrives: computed, and measured by nobody.", m.Beyond),
		"Accounts are in a database on disk and are no part of it. A token row holds refresh families there too.",
	}
	for _, g := range a.Growth {
		if g.Refused != "" {
			s.Notes = append(s.Notes, fmt.Sprintf("Nothing is shown for %s: %s.", g.Name, g.Refused))
		}
	}
	return []section{s}
}

// growthOf returns a row's growth where there is one to show.
func growthOf(a *analysis.Analysis, name string) *analysis.Growth {
	for i := range a.Growth {
		if a.Growth[i].Name == name && a.Growth[i].Refused == "" {
			return &a.Growth[i]
		}
	}
	return nil
}

func holdingTable(a *analysis.Analysis) table {
	t := table{Caption: "Held for so many logins, MiB", Head: []string{"scheme", "#logins", "#live heap", "#resident", "#store"}}
	t.grouped(a.Run.Plan.MemoryArms(), func(scheme plan.Scheme) (rows []row) {
		g := growthOf(a, scheme.Name)
		if g == nil {
			return nil
		}
		for _, h := range g.Sizes {
			store := none
			if h.Store > 0 {
				store = mebibytes(h.Store)
			}
			rows = append(rows, row{Cells: cells(g.Name, fmt.Sprint(h.Logins), mebibytes(h.LiveHeap), mebibytes(h.Resident), store)})
		}
		return rows
	})
	return t
}

func growthTable(a *analysis.Analysis) table {
	beyond := fmt.Sprintf("MiB for %d", a.Run.Plan.Memory.Beyond)
	t := table{
		Caption: "What a login takes",
		Head:    []string{"scheme", "#replica, bytes a login", "#bend", "#replica, " + beyond, "#store, bytes a login", "#bend", "#store, " + beyond},
	}
	t.grouped(a.Run.Plan.MemoryArms(), func(scheme plan.Scheme) []row {
		g := growthOf(a, scheme.Name)
		if g == nil {
			return nil
		}
		line := append(cells(g.Name), slopeCells(&g.Replica)...)
		return []row{{Cells: append(line, slopeCells(g.Store)...)}}
	})
	return t
}

func slopeCells(s *analysis.Slope) []cell {
	if s == nil || !s.Bytes.Known() {
		return cells(none, none, none)
	}
	line := cells(interval(s.Bytes, wholeBytes), fmt.Sprintf("%+.0f %%", 100*s.Bend))
	return append(line, cell{Text: interval(s.Beyond, mebibytes), Grey: true})
}

func wholeBytes(v float64) string { return strconv.FormatInt(int64(math.Round(v)), 10) }

func mebibytes(v float64) string { return significant(v / (1 << 20)) }

// noise is what the reading of a heap tells apart, in bytes a login.
const noise = 16

// memories says what a login takes, of that which takes something.
func memories(a *analysis.Analysis) []string {
	var some, nothing []string
	for _, g := range a.Growth {
		if g.Refused != "" || !g.Replica.Bytes.Known() {
			continue
		}
		var parts []string
		if g.Replica.Bytes.Center >= noise {
			parts = append(parts, interval(g.Replica.Bytes, wholeBytes)+" bytes of a replica")
		}
		if g.Store != nil && g.Store.Bytes.Center >= noise {
			parts = append(parts, interval(g.Store.Bytes, wholeBytes)+" bytes of the store")
		}
		if len(parts) == 0 {
			nothing = append(nothing, g.Name)
		} else {
			some = append(some, enumerate(parts)+" with "+g.Name)
		}
	}
	var out []string
	if len(some) > 0 {
		out = append(out, fmt.Sprintf("A login takes %s.", enumerate(some)))
	}
	if len(nothing) > 0 {
		out = append(out, fmt.Sprintf("A login takes nothing that shows, of a replica or a store, with %s.", enumerate(nothing)))
	}
	return out
}
