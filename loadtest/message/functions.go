package message

import (
	"fmt"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

// functions are what the catalogue of a language may call. A number that was stored and read again is a float.
func functions(l Language) template.FuncMap {
	return template.FuncMap{
		"whole":   func(v any) string { return fmt.Sprintf("%.0f", number(v)) },
		"fixed":   func(digits int, v any) string { return fmt.Sprintf("%.*f", digits, number(v)) },
		"digits":  func(digits int, v any) string { return fmt.Sprintf("%.*g", digits, number(v)) },
		"short":   func(v any) string { return fmt.Sprintf("%g", number(v)) },
		"percent": func(digits int, v any) string { return fmt.Sprintf("%.*f %%", digits, 100*number(v)) },
		// share is a percentage with two digits, and thousands a whole number with its thousands apart: 12,345.
		"share":     func(v any) string { return share(number(v)) },
		"thousands": func(v any) string { return thousands(number(v)) },
		"enumerate": func(list []string) string { return enumerate(l, list) },
		"join":      func(between string, list []string) string { return strings.Join(list, between) },
		"capital":   capital,
		"particle":  particle, // as the last sound of a Korean text asks for it
	}
}

// enumerate is a list in words: a, b and c.
func enumerate(l Language, list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1 // what is listed is as it is shown already
	and := New("list", "first", figure(strings.Join(list[:last], ", ")), "last", figure(list[last]))
	return l.unmark(and.In(l))
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

func share(v float64) string {
	if v >= 0.0995 {
		return fmt.Sprintf("%.0f %%", 100*v)
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
