package report

import (
	"cmp"
	"fmt"
	"slices"
)

// valueHeight is how far values must be from each other to be read.
const valueHeight = 12.0

// values writes the value of each mark, where there is room for it. At the smallest size lines begin close together:
// there shares stand in a column of their own, in the order of their marks. Absolute figures that crowd are left out,
// as the table has them.
func (p *plot) values() {
	slices.SortStableFunc(p.drawn, func(a, b drawn) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	for from := 0; from < len(p.drawn); {
		to := from + 1
		for to < len(p.drawn) && p.drawn[to].x == p.drawn[from].x {
			to++
		}
		switch column := p.drawn[from:to]; {
		case p.share && column[0].x == p.x(p.first):
			p.before(column)
		case !p.share && crowded(column):
		default:
			p.beside(column)
		}
		from = to
	}
	p.ink = ""
}

// crowded reports whether marks of one size are too close for their values.
func crowded(column []drawn) bool {
	for i := 1; i < len(column); i++ {
		if column[i].y-column[i-1].y < valueHeight {
			return true
		}
	}
	return false
}

// before writes values to the left of their marks, one below the other.
func (p *plot) before(column []drawn) {
	at := spread(column)
	for i, d := range column {
		p.ink = fmt.Sprintf(` style="fill:%s"`, d.colour)
		p.text(d.x-9, at[i]+4, atRight, "value", d.value)
	}
}

// spread is where values stand that are at least valueHeight from each other, each as close to its mark as that allows.
func spread(column []drawn) []float64 {
	at := make([]float64, len(column))
	for i := range column {
		// Groups that touch move apart around their common middle: from here up, all that must move along.
		first, sum := i, column[i].y
		for first > 0 && sum/float64(i-first+1)-valueHeight*float64(i-first)/2 < at[first-1]+valueHeight {
			first--
			sum += column[first].y
		}
		top := sum/float64(i-first+1) - valueHeight*float64(i-first)/2
		for k := first; k <= i; k++ {
			at[k] = top + valueHeight*float64(k-first)
		}
	}
	return at
}

// beside writes each value above or below its mark, to the right or the left.
func (p *plot) beside(column []drawn) {
	for _, d := range column {
		p.ink = fmt.Sprintf(` style="fill:%s"`, d.colour)
		p.try(
			"value",
			d.value,
			spot{d.x + 6, d.y - 7, atLeft},
			spot{d.x + 6, d.y + 14, atLeft},
			spot{d.x - 6, d.y - 7, atRight},
			spot{d.x - 6, d.y + 14, atRight},
		)
	}
}
