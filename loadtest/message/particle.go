package message

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// particle is a text with the Korean particle that its last sound asks for. The pair is both forms, as dictionaries
// have it: the one after a consonant, and the one after a vowel, such as 은/는 or 으로/로.
func particle(pair string, shown any) (string, error) {
	consonant, vowel, ok := strings.Cut(pair, "/")
	if !ok || consonant == "" || vowel == "" {
		return "", fmt.Errorf("%q is no pair of particles", pair)
	}
	text := fmt.Sprint(shown)
	switch end := ending(text); {
	case end == noConsonant, end == rieul && strings.HasPrefix(consonant, "으"): // 으로 and its like follow ㄹ without 으
		return text + vowel, nil
	}
	return text + consonant, nil
}

// final is the consonant that ends a syllable, where it decides a particle.
type final int

const (
	noConsonant final = iota
	rieul             // ㄹ
	otherConsonant
)

// ending is how a text ends when it is read aloud in Korean. What stands in brackets at its end is not read.
func ending(text string) final {
	text = unbracketed(text)
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%' && r != '×'
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	switch {
	case '가' <= last && last <= '힣':
		return ofSyllable(last)
	case '0' <= last && last <= '9':
		return ofDigit[last-'0']
	case last == '%' || last == '×' || last == utf8.RuneError: // 퍼센트, 배
		return noConsonant
	}
	start := strings.LastIndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if start >= 0 {
		_, size := utf8.DecodeRuneInString(text[start:])
		return ofWord(text[start+size:], '0' <= text[start] && text[start] <= '9' || text[start] == ' ')
	}
	return ofWord(text, false)
}

// unbracketed is a text without the brackets at its end, and without what stands in them.
func unbracketed(text string) string {
	for text = strings.TrimSpace(text); strings.HasSuffix(text, ")") || strings.HasSuffix(text, "]"); {
		open := strings.LastIndexAny(text, "([")
		if open <= 0 { // nothing stands before them
			return text
		}
		text = strings.TrimSpace(text[:open])
	}
	return text
}

// ofSyllable is the final of a Hangul syllable: they are ordered by their 28 finals, none first and ㄹ eighth.
func ofSyllable(r rune) final {
	switch (r - '가') % 28 {
	case 0:
		return noConsonant
	case 8:
		return rieul
	}
	return otherConsonant
}

// ofDigit are the finals of 영 일 이 삼 사 오 육 칠 팔 구. A number that ends in 0 ends in 십, 백, 천 or 만: a consonant.
var ofDigit = [...]final{
	otherConsonant,
	rieul,
	noConsonant,
	otherConsonant,
	noConsonant,
	noConsonant,
	otherConsonant,
	rieul,
	rieul,
	noConsonant,
}

// units are read as words: 초, 밀리초, 분, 시간, 바이트.
var units = map[string]final{
	"s": noConsonant, "ms": noConsonant, "µs": noConsonant, "ns": noConsonant, "m": otherConsonant, "h": otherConsonant,
	"B": noConsonant, "kB": noConsonant, "MB": noConsonant, "GB": noConsonant, "KiB": noConsonant, "MiB": noConsonant,
	"GiB": noConsonant,
}

// ofWord is the final of a word in Latin letters. An abbreviation is read letter by letter, anything else as the loan
// word that it is in Korean.
func ofWord(word string, afterNumber bool) final {
	if unit, ok := units[word]; ok && afterNumber {
		return unit
	}
	if strings.ToUpper(word) == word {
		switch word[len(word)-1] {
		case 'L', 'R': // 엘, 알
			return rieul
		case 'M', 'N': // 엠, 엔
			return otherConsonant
		}
		return noConsonant
	}
	for _, l := range loans {
		if strings.HasSuffix(word, l.ending) {
			return l.final
		}
	}
	return noConsonant
}

// loans are the endings of words that end in a consonant in Korean too: 컨트롤, 번들, 라인, 타임, 롤링, 블록, 맵. Most
// others get a vowel: 레디스, 푸시, 리스트.
var loans = []struct {
	ending string
	final  final
}{
	{"l", rieul},
	{"le", rieul},
	{"n", otherConsonant},
	{"ine", otherConsonant},
	{"m", otherConsonant},
	{"ime", otherConsonant},
	{"ame", otherConsonant},
	{"ng", otherConsonant},
	{"ck", otherConsonant},
	{"ook", otherConsonant},
	{"ap", otherConsonant},
	{"op", otherConsonant},
}
