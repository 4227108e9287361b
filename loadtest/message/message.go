package message

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	i18ntemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Message is something to say: a key of the catalogue, and the arguments of its sentence. Two messages with one key say
// the same, with different figures.
type Message struct {
	Key string `json:"key"`
	// Args are the values that the sentence names, by the names that the catalogue has for them: numbers, texts, messages
	// that are a part of it, and lists of texts or messages.
	Args map[string]any `json:"args,omitempty"`
}

// New returns the message with that key. Args are names and values in turn. Durations and errors become texts, because
// a message may be stored and read by another program.
func New(key string, args ...any) Message {
	m := Message{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = map[string]any{}
		}
		switch v := args[i+1].(type) {
		case time.Duration:
			m.Args[args[i].(string)] = figure(Lasting(v))
		case error:
			m.Args[args[i].(string)] = v.Error()
		case Sentence:
			m.Args[args[i].(string)] = v.Message
		case []Sentence:
			var list []Message
			for _, s := range v {
				list = append(list, s.Message)
			}
			m.Args[args[i].(string)] = list
		default:
			m.Args[args[i].(string)] = v
		}
	}
	return m
}

// figure is a text that is shown as it is in every language, such as a quantity.
type figure string

// Alike reports whether two messages say the same, apart from figures.
func (m Message) Alike(other Message) bool {
	if m.Key != other.Key {
		return false
	}
	for name, v := range m.Args {
		switch v := v.(type) {
		case string:
			if v != other.Args[name] {
				return false
			}
		case Message:
			if part, ok := other.Args[name].(Message); !ok || !v.Alike(part) {
				return false
			}
		case []Message:
			parts, ok := other.Args[name].([]Message)
			if !ok || !slices.EqualFunc(v, parts, Message.Alike) {
				return false
			}
		case []string:
			if parts, ok := other.Args[name].([]string); !ok || !slices.Equal(v, parts) {
				return false
			}
		}
	}
	return true
}

// asItIs is the key of a message that has no sentence in a catalogue.
const asItIs = "text"

// Text is a message whose words are not in a catalogue: a name, a figure, or the words of an older run or of another
// program.
func Text(text string) Message { return New(asItIs, "text", text) }

// IsZero reports whether there is nothing to say.
func (m Message) IsZero() bool { return m.Key == "" }

// deepest is how deeply messages may nest: more than in any message of the lab.
const deepest = 4

// UnmarshalJSON reads what was written down: an argument that is an object is a message, also within a list.
func (m *Message) UnmarshalJSON(text []byte) error { return m.read(text, deepest) }

func (m *Message) read(text []byte, levels int) error {
	if levels == 0 {
		return errors.New("a message has too many levels")
	}
	var read struct {
		Key  string
		Args map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*m = Message{Key: read.Key}
	for name, value := range read.Args {
		arg, err := readArgument(value, levels)
		if err != nil {
			return err
		}
		if m.Args == nil {
			m.Args = map[string]any{}
		}
		m.Args[name] = arg
	}
	return nil
}

// readArgument reads an argument of a message that may have this many levels.
func readArgument(text json.RawMessage, levels int) (plain any, err error) {
	switch text[0] {
	case '{':
		var part Message
		err = part.read(text, levels-1)
		return part, err
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil {
			return nil, err
		}
		list := make([]any, len(items))
		for i, item := range items {
			if item[0] == '[' {
				return nil, errors.New("a message has a list in a list")
			}
			if list[i], err = readArgument(item, levels); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	err = json.Unmarshal(text, &plain)
	return plain, err
}

// String is the message in English; "" of none.
func (m Message) String() string { return m.In(English) }

//go:embed catalogue/*.yaml
var catalogues embed.FS

// bundle has the catalogues. They are part of the program, so an unreadable catalogue is a bug.
var bundle = sync.OnceValue(func() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	files, err := catalogues.ReadDir("catalogue")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		if _, err := b.LoadMessageFileFS(catalogues, "catalogue/"+f.Name()); err != nil {
			panic(err)
		}
	}
	return b
})

// In is the message in a language. A key without a sentence in any catalogue is a bug, and is shown as it is.
func (m Message) In(l Language) string {
	switch text, ok := m.Args["text"].(string); {
	case m.IsZero():
		return ""
	case m.Key == asItIs && ok:
		return l.translated(text)
	}
	args := map[string]any{}
	for name, v := range m.Args {
		args[name] = shown(l, v)
	}
	// A sentence that names an argument which the message does not have is refused.
	parser := &i18ntemplate.TextParser{Funcs: functions(l), Option: "missingkey=error"}
	text, err := i18n.NewLocalizer(bundle(), string(l), string(English)).Localize(&i18n.LocalizeConfig{
		MessageID: m.Key, TemplateData: args, PluralCount: plural(m.Args["count"]), TemplateParser: parser,
	})
	if _, lacking := errors.AsType[*i18n.MessageNotFoundErr](err); err != nil && !(lacking && text != "") {
		return fmt.Sprintf("%s %v", m.Key, m.Args)
	}
	return l.mark(text) // in English where the language lacks it
}

// shown is an argument as a sentence of that language shows it: a message is its text, and a list is a list of texts.
func shown(l Language, v any) any {
	switch v := v.(type) {
	case Message:
		return l.unmark(v.In(l))
	case []Message:
		return texts(l, v)
	case []any: // as it was read
		return texts(l, v)
	case []string:
		return texts(l, v)
	case string:
		return l.unmark(l.translated(v))
	}
	return v
}

func texts[T any](l Language, list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = fmt.Sprint(shown(l, v))
	}
	return all
}

// plural is the number that decides a sentence's form; nil where it has one form only.
func plural(count any) any {
	if count == nil {
		return nil
	}
	return int64(number(count))
}

// number is an argument as a number, or NaN where it is not one.
func number(v any) float64 {
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return float64(r.Int())
	case r.CanUint():
		return float64(r.Uint())
	case r.CanFloat():
		return r.Float()
	}
	return math.NaN()
}
