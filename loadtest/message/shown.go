package message

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostShown is how much of what a server sent a sentence shows, in characters.
const mostShown = 200

// Shown is text of a server's choice as a sentence may show it: in one line and not too long, and with everything
// that a terminal obeys or hides written as an escape.
func Shown[T string | []byte](text T) string {
	s := strings.TrimSpace(string(text))
	short := s
	for i, n := 0, 0; i < len(s); n++ {
		if n == mostShown {
			short = s[:i] + "…"
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return Visible(short)
}

// Visible is text with everything that a terminal obeys or hides written as an escape.
func Visible(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if piece := text[i : i+size]; strconv.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			out.WriteString(piece)
		} else {
			escaped := strconv.Quote(piece)
			out.WriteString(escaped[1 : len(escaped)-1])
		}
		i += size
	}
	return out.String()
}
