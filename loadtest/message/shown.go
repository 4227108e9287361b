package message

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostShown is how many characters of a server's text a sentence shows.
const mostShown = 200

// Shown makes text from a server safe to show in a sentence: it is on one line, limited in length, and control or
// invisible characters are escaped.
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

// Visible escapes control and invisible characters of a text.
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
