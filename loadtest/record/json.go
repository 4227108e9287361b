package record

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// PlainJSON escapes every character of JSON that a terminal would interpret or hide. Such characters occur only inside
// strings.
func PlainJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r < 0x7f || strconv.IsPrint(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
