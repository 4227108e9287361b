package report

import (
	"fmt"
	"html/template"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// canvas draws one picture. Its unit is a CSS pixel at the width for which it is drawn. It knows where text stands, so
// that no text covers another.
type canvas struct {
	strings.Builder
	l             message.Language
	width, height float64
	taken         []box
	ink           string // an attribute of the texts to come; empty for the page's own
}

type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// How wide letters are at the size of a chart's text, by estimate: wide ones are those of Chinese, Japanese and Korean.
const (
	letter     = 7.1
	boldLetter = 7.9
	wideLetter = 12.5
	lineHeight = 13.0
)

func newCanvas(l message.Language, width page.Width, height float64, label message.Message) *canvas {
	c := &canvas{l: l, width: float64(width), height: height}
	fmt.Fprintf(c, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, c.width, height, inSVG(l, label))
	return c
}

func (c *canvas) done() template.HTML {
	c.WriteString("</svg>")
	return template.HTML(c.String())
}

// say returns what a cell of a table may have, as text of the picture.
func (c *canvas) say(what any) string { return inSVG(c.l, page.Plain(what).Text) }

// room is how wide a text is.
func (c *canvas) room(class string, what any) (width float64) {
	each := letter
	if class == "name" {
		each = boldLetter
	}
	for _, r := range page.Words(c.l, page.Plain(what).Text) {
		if r > 0x2fff {
			width += wideLetter
		} else {
			width += each
		}
	}
	return width
}

// anchors say which end of a text is at its x.
const (
	atLeft   = "start"
	atMiddle = "middle"
	atRight  = "end"
)

func (c *canvas) boxOf(x, y float64, anchor, class string, what any) box {
	w := c.room(class, what)
	switch anchor {
	case atMiddle:
		x -= w / 2
	case atRight:
		x -= w
	}
	return box{x, y - lineHeight + 3, x + w, y + 3}
}

// text writes what must be written, wherever it stands.
func (c *canvas) text(x, y float64, anchor, class string, what any) {
	c.taken = append(c.taken, c.boxOf(x, y, anchor, class, what))
	fmt.Fprintf(
		c,
		`<text class="%s" x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`,
		class,
		x,
		y,
		anchor,
		c.ink,
		c.say(what),
	)
}

// spot is a place for a text.
type spot struct {
	x, y   float64
	anchor string
}

// try writes a text at the first spot where it covers nothing, or leaves it out: the figures are in a table too. It
// reports whether it wrote it.
func (c *canvas) try(class string, what any, spots ...spot) bool {
	for _, s := range spots {
		b, free := c.boxOf(s.x, s.y, s.anchor, class, what), true
		for _, t := range c.taken {
			free = free && !b.meets(t)
		}
		if free && b.left >= 0 && b.right <= c.width && b.top >= 0 && b.bottom <= c.height {
			c.text(s.x, s.y, s.anchor, class, what)
			return true
		}
	}
	return false
}

// keep keeps text off a place.
func (c *canvas) keep(x, y, r float64) { c.taken = append(c.taken, box{x - r, y - r, x + r, y + r}) }

// line draws a line; more are attributes.
func (c *canvas) line(x1, y1, x2, y2 float64, class, more string) {
	fmt.Fprintf(c, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`, class, x1, y1, x2, y2, more)
}

// look is how a bar is filled: tokens have stripes, so that they differ from sessions without colour too.
type look struct {
	colour  string
	striped bool
}

// bar draws a bar from x1 to x2 around y.
func (c *canvas) bar(x1, x2, y, height float64, l look) {
	if x2-x1 < 0.5 {
		return
	}
	fill, more := l.colour, ""
	if l.striped {
		more = ` fill-opacity="0.45"`
	}
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:%s"%s/>`, x1, y-height/2, x2-x1, height,
		fill, more)
	if l.striped { // a broad line with gaps needs no pattern, which would need an address
		fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" style="stroke:%s" stroke-width="%.1f" `+
			`stroke-dasharray="3 3"/>`, x1, y, x2, y, fill, height)
	}
}

// outline draws an empty bar: what is promised and not measured.
func (c *canvas) outline(x1, x2, y, height float64, colour string) {
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:none;stroke:%s" stroke-width="1.3" `+
		`stroke-dasharray="4 3"/>`, x1, y-height/2, max(1, x2-x1), height, colour)
}

// whisker draws an interval.
func (c *canvas) whisker(low, high, y float64) {
	c.line(low, y, high, y, "whisker", "")
	for _, x := range []float64{low, high} {
		c.line(x, y-3, x, y+3, "whisker", "")
	}
}
