package message

import "golang.org/x/text/width"

// Columns is how many columns of a terminal a text takes: a Hangul syllable takes two.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n++
		}
	}
	return n
}
