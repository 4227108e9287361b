package message

import (
	"embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed phrase/*.yaml
var phrases embed.FS

// phrasebook has what data says in sentences, such as the question of a plan or the caveat of a scheme, in a language
// that the data is not in. A phrase with … stands for all that differ in what is in that place.
type phrasebook struct {
	exact    map[string]string
	patterns []pattern
}

type pattern struct {
	text *regexp.Regexp
	said []string // what stands between the places
}

// gap is the place in a phrase where texts differ: by a word, or in brackets by anything.
const gap = "…"

// phrasebooks have a phrasebook for each language that has one. They are part of the program, so an unreadable one is a
// bug.
var phrasebooks = sync.OnceValue(func() map[Language]*phrasebook {
	files, err := phrases.ReadDir("phrase")
	if err != nil {
		panic(err)
	}
	all := map[Language]*phrasebook{}
	for _, f := range files {
		text, err := phrases.ReadFile("phrase/" + f.Name())
		if err != nil {
			panic(err)
		}
		book := &phrasebook{exact: map[string]string{}}
		if err := yaml.Unmarshal(text, &book.exact); err != nil {
			panic(err)
		}
		book.compile()
		all[Language(strings.TrimSuffix(f.Name(), ".yaml"))] = book
	}
	return all
})

// compile makes patterns of the phrases with places.
func (b *phrasebook) compile() {
	var texts []string
	for text := range b.exact {
		if strings.Contains(text, gap) {
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	for _, text := range texts {
		words := strings.NewReplacer(`\(`+gap+`\)`, `\((.+)\)`, gap, `(\S+)`).Replace(regexp.QuoteMeta(text))
		b.patterns = append(b.patterns, pattern{regexp.MustCompile("^" + words + "$"), strings.Split(b.exact[text], gap)})
		delete(b.exact, text)
	}
}

// translated is a text of data in that language, or the text itself where the language has no phrase for it.
func (l Language) translated(text string) string {
	book := phrasebooks()[l]
	if book == nil {
		return text
	}
	if said, ok := book.exact[text]; ok {
		return said
	}
	if !strings.Contains(text, " ") { // a name or a figure
		return text
	}
	for _, p := range book.patterns {
		if found := p.text.FindStringSubmatch(text); len(found) == len(p.said) {
			out := p.said[0]
			for i, said := range p.said[1:] {
				out += found[i+1] + said
			}
			return out
		}
	}
	return text
}
